import ts from "typescript";

/** What can be read from a piece of source alone. */

/** TypeScript does not see the comment of a member that stands on the line of its bracket. */
export function commentOf(checker: ts.TypeChecker, symbol: ts.Symbol): string {
  const seen = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const [node] = symbol.declarations ?? [];
  const before = node?.getFullText().slice(0, node.getLeadingTriviaWidth()) ?? "";
  const [, unseen = ""] = /\/\*\*(.*?)(?:@|\*\/)/s.exec(before) ?? [];
  return oneLine(seen || unseen);
}

/** The names of the types that a piece of source mentions. */
export function referencesIn(node: ts.Node): string[] {
  const own = ts.isTypeReferenceNode(node) ? [node.typeName.getText()] : [];
  const below: string[] = [];
  ts.forEachChild(node, (child) => void below.push(...referencesIn(child)));
  return [...own, ...below];
}

/** The literals that are given to refuse, say and complain, and with a pattern of a schema. */
export function refusalsIn(file: ts.SourceFile): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const called = node.expression.getText(file).split(".").at(-1);
      const text = node.arguments[{ refuse: 0, say: 0, complain: 1 }[called ?? ""] ?? -1];
      if (text && (ts.isTemplateExpression(text) || ts.isStringLiteralLike(text))) texts.push(literal(text));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...new Set(texts)];
}

function literal(node: ts.TemplateExpression | ts.StringLiteralLike): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  return node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join("");
}

export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
