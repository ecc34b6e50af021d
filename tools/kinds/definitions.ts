import { globSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { type Comment, commentOf } from "./comment";
import { constantAt, declarationOf, type ObjectComments, objectComments, symbolAt } from "./object-comments";
import { failuresFrom } from "./reachable";

/** What stands in the definition of a kind: `export const tap = kind<Want, Facts, Outputs>({ name: "Tap", schema, … })` */
export interface Definition {
  /** The path of its file without the ending: provider/kinds/link/tap */
  stem: string;
  comment: Comment;
  schema: ObjectComments;
  args: ObjectComments | undefined;
  outputs: OutputMember[];
  /** The kinds of failure that its code can reach, such as "linkErrors.wrongType". */
  failures: string[];
}

/** A member of `interface Outputs`. */
export interface OutputMember extends Comment {
  name: string;
  type: string;
  isOptional: boolean;
  /** The file that declares its type, without the ending, if that is an interface. */
  from: string | undefined;
}

/** Reads the definitions of the kinds. The files that are made from them need not exist. */
export function definitionsIn(checkout: string): (kind: string) => Definition {
  const program = ts.createProgram([join(checkout, "provider/kinds/index.ts")], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const files = globSync("provider/kinds/*/*.ts", { cwd: checkout }).map((path) => join(checkout, path));
  const variables = files.flatMap((path) => constantsOf(program.getSourceFile(path)));
  const stemOf = (node: ts.Node) => relative(checkout, node.getSourceFile().fileName).replace(/\.ts$/, "");

  return (kind) => {
    for (const variable of variables) {
      const call = variable.initializer;
      const [definition] = call && ts.isCallExpression(call) && isKind(call) ? call.arguments : [];
      if (definition && ts.isObjectLiteralExpression(definition) && isNamed(definition, kind))
        return read(variable, call as ts.CallExpression, definition);
    }
    throw new Error(`no file in provider/kinds defines the kind ${kind} as kind({ name: "${kind}", … })`);
  };

  function read(variable: ts.VariableDeclaration, call: ts.CallExpression, definition: ts.ObjectLiteralExpression) {
    const [, , outputs] = call.typeArguments ?? [];
    const args = schemaIn(definition, "args");
    const schema = schemaIn(definition, "schema");
    if (!schema) throw new Error(`${stemOf(variable)}.ts: the schema of a kind must be a constant`);
    return {
      ...{ stem: stemOf(variable), comment: commentOf(checker, symbolAt(checker, variable.name)), schema, args },
      outputs: outputs ? checker.getTypeAtLocation(outputs).getProperties().map(member) : [],
      failures: failuresFrom(checker, variable.parent.parent),
    };
  }

  /** `schema`, `schema: guestSchema` */
  function schemaIn(definition: ts.ObjectLiteralExpression, name: string): ObjectComments | undefined {
    const found = property(definition, name);
    const node = found && ts.isPropertyAssignment(found) ? found.initializer : found?.name;
    const constant = node && constantAt(checker, node);
    return constant && objectComments(checker, constant);
  }

  function member(symbol: ts.Symbol): OutputMember {
    const { type, questionToken } = declarationOf(symbol) as ts.PropertySignature;
    const declared = type && ts.isTypeReferenceNode(type) && declarationOf(symbolAt(checker, type.typeName));
    return {
      ...commentOf(checker, symbol),
      ...{ name: symbol.name, type: type?.getText() ?? "unknown", isOptional: questionToken !== undefined },
      from: declared && ts.isInterfaceDeclaration(declared) ? stemOf(declared) : undefined,
    };
  }
}

function constantsOf(file: ts.SourceFile | undefined): ts.VariableDeclaration[] {
  const statements = file?.statements.filter(ts.isVariableStatement) ?? [];
  return statements.flatMap(({ declarationList }) => [...declarationList.declarations]);
}

function isKind({ expression }: ts.CallExpression): boolean {
  return expression.getText() === "kind";
}

function isNamed(definition: ts.ObjectLiteralExpression, kind: string): boolean {
  return property(definition, "name")?.getText() === `name: "${kind}"`;
}

function property(object: ts.ObjectLiteralExpression, name: string): ts.ObjectLiteralElementLike | undefined {
  return object.properties.find((one) => one.name?.getText() === name);
}
