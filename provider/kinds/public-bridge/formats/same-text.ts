/**
 * Whether two files differ only in the spaces between words, or in how a line continues in the next one. Such a
 * difference is not an edit, and not a reason to write a file again. An earlier version wrote lines of others with
 * single spaces.
 */
export function isSameText(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one === other || squeezed(one) === squeezed(other);
}

/** Keeps the indentation, because it has a meaning in YAML. */
function squeezed(text: string): string {
  const lines = text.replaceAll("\\\n", " ").split("\n");
  return lines.map((line) => line.trimEnd().replaceAll(/(?<=\S)[ \t]+/g, " ")).join("\n");
}
