/**
 * Text from a host or a guest may hold what a terminal obeys: it would clear the screen, rename the window, or show a
 * line in another order than it is written. So all text that leaves for the operator passes through here.
 */

const esc = String.fromCodePoint(0x1b);
const [c1Csi, c1String, c1End] = [String.fromCodePoint(0x9b), "\\x90\\x98\\x9d-\\x9f", String.fromCodePoint(0x9c)];

/** A whole sequence of ECMA-48 (ANSI): a string such as a window's title with its end, a control such as a colour. */
const sequences = new RegExp(
  [
    `(?:${esc}[\\]PX^_]|[${c1String}])[^\\p{Cc}]*(?:\\x07|${esc}\\\\|${c1End})`,
    `(?:${esc}\\[|${c1Csi})[0-?]*[ -/]*[@-~]`,
    `${esc}[ -/]+[0-~]`,
  ].join("|"),
  "gu",
);

const notPrintable = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** Several lines for a terminal. What it would obey goes when it is a whole sequence, and else becomes a visible mark. */
export function printable(text: string): string {
  return text
    .replaceAll(sequences, "")
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(notPrintable, (character) => (character === "\n" || character === "\t" ? character : mark));
}

/** One line; a control character stays visible as a mark, so that no two different texts become the same name. */
export function printableLine(text: string): string {
  return text.replaceAll(notPrintable, mark);
}

/** True for what a terminal, a shell's prompt and a configuration file all show and take as it is, in one line. */
export function isPrintable(text: string): boolean {
  return text.search(notPrintable) < 0;
}

/** U+FFFD, the replacement character. */
const mark = "\ufffd";

/** The one way of text to the operator beside errors: the engine shows what a provider writes here. */
export function tell(text: string): void {
  console.error(printable(text));
}
