import ts from "typescript";
import { type Comment, commentOf, noComment } from "./comment";

/** The comments of an object schema: of the constant that holds it, and of its fields. */
export interface ObjectComments {
  /** The name of the constant. */
  name: string;
  comment: Comment;
  field(key: string): Comment;
  /** Those of the object within a field: of the constant in its expression that is an object schema. */
  inside(key: string): ObjectComments | undefined;
}

/** Reads them through the types, so that it sees the fields which `...ruleArgs` adds. */
export function objectComments(checker: ts.TypeChecker, constant: ts.VariableDeclaration): ObjectComments {
  const shape = shapeOf(checker, constant);
  const symbols = shape ? checker.getTypeOfSymbol(shape).getProperties() : [];
  const symbolOf = (key: string) => symbols.find(({ name }) => name === key);
  return {
    name: constant.name.getText(),
    comment: commentOf(checker, symbolAt(checker, constant.name)),
    field: (key) => fieldComment(checker, symbolOf(key)),
    inside: (key) => {
      const declaration = declarationOf(symbolOf(key));
      const [found] = declaration ? constantsIn(checker, declaration).filter((one) => shapeOf(checker, one)) : [];
      return found && objectComments(checker, found);
    },
  };
}

/** The constant that an identifier stands for, also in another file. */
export function constantAt(checker: ts.TypeChecker, node: ts.Node): ts.VariableDeclaration | undefined {
  const declaration = declarationOf(symbolAt(checker, node));
  return declaration && ts.isVariableDeclaration(declaration) ? declaration : undefined;
}

export function symbolAt(checker: ts.TypeChecker, node: ts.Node): ts.Symbol | undefined {
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? checker.getShorthandAssignmentValueSymbol(node.parent)
    : checker.getSymbolAtLocation(node);
  return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

export function declarationOf(symbol: ts.Symbol | undefined): ts.Declaration | undefined {
  return symbol?.declarations?.[0];
}

/** Every object schema of zod has it. */
function shapeOf(checker: ts.TypeChecker, constant: ts.VariableDeclaration): ts.Symbol | undefined {
  return checker.getTypeAtLocation(constant.name).getProperty("shape");
}

/** Its own comment, or that of the property which stands for it: `packages: schema.shape.packages` */
function fieldComment(checker: ts.TypeChecker, symbol: ts.Symbol | undefined): Comment {
  const own = commentOf(checker, symbol);
  const declaration = declarationOf(symbol);
  if (own.text !== "" || own.tags.internal !== undefined || !declaration) return own;
  if (!ts.isPropertyAssignment(declaration) || !ts.isPropertyAccessExpression(declaration.initializer))
    return noComment;
  const origin = checker.getSymbolAtLocation(declaration.initializer.name);
  return origin === symbol ? noComment : fieldComment(checker, origin);
}

function constantsIn(checker: ts.TypeChecker, node: ts.Node): ts.VariableDeclaration[] {
  const found: ts.VariableDeclaration[] = [];
  const visit = (inner: ts.Node): void => {
    const constant = ts.isIdentifier(inner) ? constantAt(checker, inner) : undefined;
    if (constant) found.push(constant);
    ts.forEachChild(inner, visit);
  };
  visit(ts.isPropertyAssignment(node) ? node.initializer : node);
  return found;
}
