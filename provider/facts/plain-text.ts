const [esc, bell, end] = ["\\u001b", "\\u0007", "(?:\\u001b\\\\|\\u009c)"];

/** What steers a terminal (ECMA-48): each form also with the single character that stands for its first two. */
const sequences = new RegExp(
  [
    `(?:${esc}\\[|\\u009b)[0-?]*[ -/]*[@-~]`,
    `(?:${esc}[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])[^${bell}${esc}\\u009c]*(?:${bell}|${end}|$)`,
    `${esc}[ -/]*[0-~]`,
  ].join("|"),
  "g",
);

/** What a guest wrote, as text that a terminal only shows: no sequences, no control characters, no changes of direction. */
export function plainText(line: string): string {
  return line
    .replaceAll(sequences, "")
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "")
    .trim();
}
