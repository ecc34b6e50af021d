/**
 * Two files that differ in the spaces between words only, or in how a line goes on in the next: no edit, and no reason to
 * write one anew. An earlier version wrote lines of others with single spaces.
 */
export function isSameText(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one === other || squeezed(one) === squeezed(other);
}

/** What a line begins with stays: in YAML it says what belongs to what. */
function squeezed(text: string): string {
  const lines = text.replaceAll("\\\n", " ").split("\n");
  return lines.map((line) => line.trimEnd().replaceAll(/(?<=\S)[ \t]+/g, " ")).join("\n");
}
