import { contentOf, type Origin } from "../../backend";
import { type Interfaces, isList, type Line, parseInterfaces, type Stanza } from "../../formats/interfaces";
import { hasName } from "../../formats/words";

/** The NIC's parts of all files: its stanzas, the stanzas of its labels, and its name in lists. */

export interface Parsed extends Interfaces {
  path: string;
}

export function filesOf(origin: Origin): Parsed[] {
  return origin.sources.map((path) => ({ path, ...parseInterfaces(contentOf(origin, path)) }));
}

export function ownStanzas({ stanzas }: Interfaces, { nic }: Origin): Stanza[] {
  return stanzas.filter(({ link }) => isOwnName(link, nic));
}

/** Whether the name is the NIC, or a label for additional addresses: `eth0:1`. */
export function isOwnName(name: string, nic: string): boolean {
  return name === nic || name.startsWith(`${nic}:`);
}

/** The names that ifupdown brings up by itself, from the lists. */
export function broughtUp({ lines }: Interfaces): string[] {
  return lines
    .filter(({ words }) => ["auto", "allow-auto", "allow-hotplug"].includes(words[0] ?? ""))
    .flatMap(({ words }) => words.slice(1));
}

/** The lines without the NIC's. A list that has no other name is removed. */
export function withoutNic({ lines, stanzas }: Interfaces, nic: string): Line[] {
  const own = stanzas.filter(({ link }) => isOwnName(link, nic));
  const gone = new Set(own.flatMap(({ head, options }) => [head, ...options]));
  return lines.filter((line) => !gone.has(line)).flatMap((line) => (isList(line) ? shortened(line, nic) : [line]));
}

/** The NIC's lists that begin with `no-`. They apply to the bridge as well. */
export function otherLists({ lines }: Interfaces, nic: string): string[] {
  const lists = lines.filter((line) => isList(line) && line.words.slice(1).some((name) => name === nic));
  return lists.map(({ words }) => words[0] ?? "").filter((word) => word.startsWith("no-"));
}

function shortened(line: Line, nic: string): Line[] {
  const names = line.words.slice(1);
  const kept = names.filter((name) => !isOwnName(name, nic));
  if (kept.length === names.length) return [line];
  // Removes the name with the space before it. The spaces between the other names stay.
  const raw = names
    .filter((name) => isOwnName(name, nic))
    .reduce((text, name) => text.replace(new RegExp(`\\s+${name.replaceAll(".", "\\.")}(?=\\s|$)`), ""), line.text);
  return kept.length > 0 ? [{ ...line, raw }] : [];
}

/** Whether the name means the NIC in another form: `eth0.7`, `eth0=lan`. */
export function meansNic(name: string, nic: string): boolean {
  return !isOwnName(name, nic) && hasName(name, nic);
}
