/**
 * Text from a host or a guest may have sequences that a terminal obeys: they clear the screen, rename the window, or change
 * the order of a line. So all text for the operator passes through here.
 */

const esc = String.fromCodePoint(0x1b);
const [c1Csi, c1String, c1End] = [String.fromCodePoint(0x9b), "\\x90\\x98\\x9d-\\x9f", String.fromCodePoint(0x9c)];

/** A complete sequence of ECMA-48 (ANSI): a string such as the title of a window, or a control such as a colour. */
const sequences = new RegExp(
  [
    `(?:${esc}[\\]PX^_]|[${c1String}])[^\\p{Cc}]*(?:\\x07|${esc}\\\\|${c1End})`,
    `(?:${esc}\\[|${c1Csi})[0-?]*[ -/]*[@-~]`,
    `${esc}[ -/]+[0-~]`,
  ].join("|"),
  "gu",
);

const notPrintable = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** Lines for a terminal. Removes complete sequences, and replaces other control characters by a visible mark. */
export function printable(text: string): string {
  return text
    .replaceAll(sequences, "")
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(notPrintable, (character) => (character === "\n" || character === "\t" ? character : mark));
}

/** One line. Replaces control characters by a visible mark, so that two different names stay different. */
export function printableLine(text: string): string {
  return text.replaceAll(notPrintable, mark);
}

/** Whether a text is one line without control characters: safe for a terminal and for a configuration file. */
export function isPrintable(text: string): boolean {
  return text.search(notPrintable) < 0;
}

/** U+FFFD, the replacement character. */
const mark = "\ufffd";

/** Prints a warning. The engine shows what a provider writes to standard error. */
export function tell(text: string): void {
  console.error(printable(text));
}
