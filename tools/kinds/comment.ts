import ts from "typescript";

/** A doc comment. */
export interface Comment {
  text: string;
  /** "default", "example", "internal", and those of describe.ts, each with its text. */
  tags: Readonly<Record<string, string>>;
}

export const noComment: Comment = { text: "", tags: {} };

export function commentOf(checker: ts.TypeChecker, symbol: ts.Symbol | undefined): Comment {
  if (!symbol) return noComment;
  const tags = symbol.getJsDocTags(checker).map(({ name, text }) => [name, ts.displayPartsToString(text)] as const);
  return {
    text: oneLine(ts.displayPartsToString(symbol.getDocumentationComment(checker))),
    tags: Object.fromEntries(tags.map(([name, text]) => [name, name === "example" ? text.trim() : oneLine(text)])),
  };
}

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

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
