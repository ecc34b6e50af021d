/**
 * Whether a pattern of OpenSSH matches a whole text: `*` is any text, `?` is one character. All other characters stand
 * for themselves. The time is at most the product of both lengths. A regular expression with many stars may take for
 * ever.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  let [p, t] = [0, 0];
  /**
   * Where to go on after a mismatch: behind the last star, and in the text, where that star takes one more character.
   */
  let retry: { p: number; t: number } | undefined;
  while (t < text.length) {
    if (pattern[p] === "*") retry = { p: ++p, t };
    else if (pattern[p] === "?" || (p < pattern.length && pattern[p] === text[t])) [p, t] = [p + 1, t + 1];
    else if (retry) [p, t] = [retry.p, ++retry.t];
    else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
