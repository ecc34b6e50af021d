/** The NIC's name as a word of its own: `eth0.7` and `eth0:1` have it, `eth01` has not. */
export function hasName(text: string, nic: string): boolean {
  return new RegExp(`(?<![\\w-])${escaped(nic)}(?![\\w-])`).test(text);
}

/** For a regular expression. */
export function escaped(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
