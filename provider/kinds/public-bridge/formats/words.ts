/** Whether the text has the NIC's name as a whole word: `eth0.7` and `eth0:1` have it, `eth01` does not. */
export function hasName(text: string, nic: string): boolean {
  return new RegExp(`(?<![\\w-])${escaped(nic)}(?![\\w-])`).test(text);
}

/** Escapes a name for a regular expression. */
export function escaped(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
