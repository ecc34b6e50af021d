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

export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
