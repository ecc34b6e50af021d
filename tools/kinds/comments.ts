import { globSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { failuresFrom } from "./reachable";

/** A doc comment. */
export interface Comment {
  text: string;
  /** "default", "example", "internal", and those of tools/kinds/describe.ts, each with its text. */
  tags: Readonly<Record<string, string>>;
}

/** The comments of an object schema: of the constant that holds it, and of its fields. */
export interface ObjectComments {
  /** The name of the constant. */
  name: string;
  comment: Comment;
  field(key: string): Comment;
  /** Those of the object within a field: of the one constant in its expression that is an object schema. */
  inside(key: string): ObjectComments | undefined;
}

/** The comments of a member of an interface, with its type. */
export interface MemberComment extends Comment {
  name: string;
  type: string;
  isOptional: boolean;
  /** The file that declares the type, without the ending. */
  from: string | undefined;
}

/** What stands in the definition of a kind: `export const tap = kind<Want, Facts, Outputs>({ name: "Tap", schema, … })` */
export interface Definition {
  /** The path of its file without the ending. */
  stem: string;
  comment: Comment;
  schema: ObjectComments;
  args: ObjectComments | undefined;
  outputs: MemberComment[];
  failures: string[];
}

/** Reads the definitions of the kinds. The files that are made from them need not exist. */
export function openSources(checkout: string) {
  const program = ts.createProgram([join(checkout, "provider/kinds/index.ts")], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const stemOf = (node: ts.Node) => relative(checkout, node.getSourceFile().fileName).replace(/\.ts$/, "");

  return { definition };

  function definition(kind: string): Definition {
    for (const path of globSync("provider/kinds/*/*.ts", { cwd: checkout })) {
      const statements = program.getSourceFile(join(checkout, path))?.statements.filter(ts.isVariableStatement) ?? [];
      for (const variable of statements.flatMap(({ declarationList }) => [...declarationList.declarations])) {
        const described = variable.initializer && definitionIn(variable.initializer);
        if (described && nameIn(described) === kind) return read(variable, described);
      }
    }
    throw new Error(`no file in provider/kinds defines the kind ${kind} as kind({ name: "${kind}", … })`);
  }

  function read(variable: ts.VariableDeclaration, described: ts.ObjectLiteralExpression): Definition {
    const schema = property(described, "schema");
    const args = property(described, "args");
    const [, , outputs] = (variable.initializer as ts.CallExpression).typeArguments ?? [];
    return {
      stem: stemOf(variable),
      comment: commentOf(symbolAt(variable.name)),
      schema: objectComments(constantOf(schema)),
      args: args && objectComments(constantOf(args)),
      outputs: outputs ? checker.getTypeAtLocation(outputs).getProperties().map(member) : [],
      failures: failuresFrom(checker, variable.parent.parent),
    };
  }

  function objectComments(constant: ts.VariableDeclaration): ObjectComments {
    const shape = checker.getTypeAtLocation(constant.name).getProperty("shape");
    const symbols = shape ? checker.getTypeOfSymbol(shape).getProperties() : [];
    const declarations = new Map(symbols.map((symbol) => [symbol.name, declarationOf(symbol)]));
    return {
      name: constant.name.getText(),
      comment: commentOf(symbolAt(constant.name)),
      field: (key) => {
        const symbol = symbols.find(({ name }) => name === key);
        return symbol ? fieldComment(symbol) : none;
      },
      inside: (key) => {
        const declaration = declarations.get(key);
        const found = declaration && constantsIn(declaration).filter(isObjectSchema);
        return found?.[0] && objectComments(found[0]);
      },
    };
  }

  /** Its own comment, or that of the constant or the property which stands for it: `{ port }`, `{ port: rule.port }`. */
  function fieldComment(symbol: ts.Symbol): Comment {
    const own = commentOf(symbol);
    if (own.text !== "" || Object.keys(own.tags).length > 0) return own;
    const declaration = declarationOf(symbol);
    const origin =
      declaration && ts.isPropertyAssignment(declaration) && ts.isPropertyAccessExpression(declaration.initializer)
        ? checker.getSymbolAtLocation(declaration.initializer.name)
        : undefined;
    return origin && origin !== symbol ? fieldComment(origin) : own;
  }

  function constantsIn(node: ts.Node): ts.VariableDeclaration[] {
    const found: ts.VariableDeclaration[] = [];
    const visit = (inner: ts.Node): void => {
      const declaration = ts.isIdentifier(inner) && declarationOf(symbolAt(inner));
      if (declaration && ts.isVariableDeclaration(declaration)) found.push(declaration);
      ts.forEachChild(inner, visit);
    };
    visit(ts.isPropertyAssignment(node) ? node.initializer : node);
    return found;
  }

  function isObjectSchema(constant: ts.VariableDeclaration): boolean {
    return checker.getTypeAtLocation(constant.name).getProperty("shape") !== undefined;
  }

  /** `schema`, `schema: guestSchema` */
  function constantOf(found: ts.ObjectLiteralElementLike | undefined): ts.VariableDeclaration {
    const symbol =
      found && ts.isShorthandPropertyAssignment(found)
        ? checker.getShorthandAssignmentValueSymbol(found)
        : found && ts.isPropertyAssignment(found) && symbolAt(found.initializer);
    const declaration = symbol ? declarationOf(unaliased(symbol)) : undefined;
    if (declaration && ts.isVariableDeclaration(declaration)) return declaration;
    throw new Error(`${found?.getSourceFile().fileName}: the schema of a kind must be a constant`);
  }

  function member(symbol: ts.Symbol): MemberComment {
    const declaration = declarationOf(symbol) as ts.PropertySignature;
    const named = declaration.type && checker.getTypeAtLocation(declaration.type).getSymbol();
    const [first] = named?.declarations ?? [];
    return {
      ...commentOf(symbol),
      name: symbol.name,
      type: declaration.type?.getText() ?? "unknown",
      isOptional: declaration.questionToken !== undefined,
      from:
        first && ts.isInterfaceDeclaration(first) && /^[A-Z]\w+$/.test(declaration.type?.getText() ?? "")
          ? stemOf(first)
          : undefined,
    };
  }

  function symbolAt(node: ts.Node): ts.Symbol | undefined {
    const symbol = checker.getSymbolAtLocation(node);
    return symbol && unaliased(symbol);
  }

  function unaliased(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  }

  function commentOf(symbol: ts.Symbol | undefined): Comment {
    if (!symbol) return none;
    const tags = symbol.getJsDocTags(checker).map(({ name, text }) => [name, ts.displayPartsToString(text)] as const);
    return {
      text: oneLine(ts.displayPartsToString(symbol.getDocumentationComment(checker))),
      tags: Object.fromEntries(tags.map(([name, text]) => [name, name === "example" ? text : oneLine(text)])),
    };
  }
}

const none: Comment = { text: "", tags: {} };

/** The getters of a class with their comments, such as `host` of a Guest. Without those that no program needs. */
export function gettersIn(path: string, text: string): Readonly<Record<string, string>> {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const members = file.statements.filter(ts.isClassDeclaration).flatMap(({ members }) => [...members]);
  const getters = members.filter(ts.isGetAccessorDeclaration).filter((one) => !isInternal(one));
  return Object.fromEntries(getters.map((one) => [one.name.getText(), oneLine(jsDocOf(one))]));
}

function isInternal(node: ts.Node): boolean {
  return ts.getJSDocTags(node).some(({ tagName }) => tagName.text === "internal");
}

function jsDocOf(node: ts.Node): string {
  return ts
    .getJSDocCommentsAndTags(node)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "")
    .join(" ");
}

function definitionIn(node: ts.Expression): ts.ObjectLiteralExpression | undefined {
  if (!ts.isCallExpression(node) || node.expression.getText() !== "kind") return undefined;
  const [definition] = node.arguments;
  return definition && ts.isObjectLiteralExpression(definition) ? definition : undefined;
}

function nameIn(definition: ts.ObjectLiteralExpression): string | undefined {
  const name = property(definition, "name");
  return name && ts.isPropertyAssignment(name) && ts.isStringLiteral(name.initializer)
    ? name.initializer.text
    : undefined;
}

function property(object: ts.ObjectLiteralExpression, name: string): ts.ObjectLiteralElementLike | undefined {
  return object.properties.find((one) => one.name?.getText() === name);
}

function declarationOf(symbol: ts.Symbol | undefined): ts.Declaration | undefined {
  return symbol?.declarations?.[0];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
