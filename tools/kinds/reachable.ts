import ts from "typescript";

/**
 * The kinds of failure that a piece of code can reach: it follows each name to its declaration in our own sources. It
 * does not look at conditions, so it finds a few too many rather than one too few.
 * @returns names such as "linkErrors.wrongType"
 */
export function failuresFrom(checker: ts.TypeChecker, start: ts.Node): string[] {
  const seen = new Set<ts.Node>();
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    const failure = failureName(checker, node);
    if (failure) found.add(failure);
    if (ts.isIdentifier(node)) for (const declaration of declarationsOf(checker, node)) follow(declaration);
    ts.forEachChild(node, visit);
  };
  const follow = (node: ts.Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    visit(node);
  };
  follow(start);
  return [...found].sort();
}

/** "linkErrors.wrongType", also when a variable has the parts of `linkErrors`. */
function failureName(checker: ts.TypeChecker, node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && isEntry(checker, node))
    return `${node.expression.getText()}.${node.name.text}`;
  if (!ts.isBindingElement(node) || !isEntry(checker, node.name)) return undefined;
  const from = node.parent.parent;
  return ts.isVariableDeclaration(from) ? `${from.initializer?.getText()}.${node.name.getText()}` : undefined;
}

function isEntry(checker: ts.TypeChecker, node: ts.Node): boolean {
  return /^(Failure|Warning|Entry<.*>)$/.test(checker.typeToString(checker.getTypeAtLocation(node)));
}

/** Our functions and constants. Types and classes of the program raise no error on a host. */
function declarationsOf(checker: ts.TypeChecker, name: ts.Identifier): ts.Node[] {
  const symbol = checker.getSymbolAtLocation(name);
  const real = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const own = (real?.declarations ?? []).filter((one) =>
    /\/(provider|components)\//.test(one.getSourceFile().fileName),
  );
  return own.filter((one) => ts.isFunctionDeclaration(one) || ts.isVariableDeclaration(one));
}
