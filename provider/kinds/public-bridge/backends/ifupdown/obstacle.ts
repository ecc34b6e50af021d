import type { Origin } from "../../backend";
import { at, firstOf, named, quoted, unknownTo } from "../../fates";
import { globMatches } from "../../formats/glob";
import { isComment, isList, isSource, type Line, type Stanza } from "../../formats/interfaces";
import { hasName } from "../../formats/words";
import { commandOnBridge } from "./commands";
import { commands, fateOf, isKnownMethod, isKnownValue, ofTemplate } from "./options";
import { broughtUp, filesOf, isOwnName, meansNic, ownStanzas, type Parsed } from "./stanzas";

/**
 * The first line that pulumi-kvm does not understand in the files that have the NIC, and why. Undefined when it
 * understands all.
 */
export function obstacleIn(origin: Origin): string | undefined {
  const files = filesOf(origin);
  const own = files.flatMap((file) => ownStanzas(file, origin).map((stanza) => ({ file, stanza })));
  return firstOf([
    ...files.map((file) => () => strayIn(file)),
    ...files.map((file) => () => listsIn(file, origin)),
    ...files.map((file) => () => othersIn(file, origin)),
    ...own.map(
      ({ file, stanza }) =>
        () =>
          stanzaProblem(file, stanza, origin, files),
    ),
    () =>
      own.length > 0 ? undefined : `${origin.nic} does not have a stanza in ${origin.sources.join(", ")}. Add one`,
  ]);
}

/** A line that ifupdown itself would reject, or a `source` line that pulumi-kvm cannot resolve. */
function strayIn({ path, lines, stanzas }: Parsed): string | undefined {
  const known = new Set(stanzas.flatMap(({ head, options }) => [head, ...options]));
  const stray = lines.find(
    (line) => !isComment(line) && !known.has(line) && !isList(line) && !isSource(line) && line.words[0] !== "rename",
  );
  if (stray) return unknownTo(at(path, stray.number), named(stray.text));
  const source = lines.find((line) => isSource(line) && /[$`~'"\\{]/.test(line.raw));
  return source && `${at(path, source.number)}: pulumi-kvm cannot resolve ${quoted(source.text)}. Write plain paths`;
}

function listsIn({ path, lines }: Parsed, { nic, macAddress }: Origin): string | undefined {
  const found = lines.find(
    (line) =>
      (isList(line) || line.words[0] === "rename") &&
      line.words.slice(1).some((name) => meansNic(name, nic) || mayMatch(name, nic, macAddress)),
  );
  if (!found) return undefined;
  const vlan = found.words.find((name) => name.startsWith(`${nic}.`));
  return vlan ? aboveNic(at(path, found.number), vlan, nic) : unknownTo(at(path, found.number), quoted(found.text));
}

/** Whether a pattern `[VARIABLE]/VALUE[/OPTIONS][=LOGICAL]` may match the NIC. An unknown variable may. */
function mayMatch(name: string, nic: string, macAddress: string): boolean {
  const [, variable, value = ""] = /^([^/]*)\/([^/=]*)/.exec(name) ?? [];
  if (variable === undefined) return false;
  if (variable === "") return globMatches(value, nic);
  return variable !== "mac" || value.toLowerCase() === macAddress.toLowerCase();
}

/** Other stanzas that need the NIC as it is: a VLAN, a bond, a bridge, a tunnel, a command. */
function othersIn({ path, stanzas }: Parsed, { nic, bridge }: Origin): string | undefined {
  for (const stanza of stanzas) {
    if (isOwnName(stanza.link, nic)) continue;
    const where = at(path, stanza.head.number);
    if (stanza.link === bridge) return `${where}: ${bridge} has a stanza already. Give the bridge another name`;
    if (stanza.link.startsWith(`${nic}.`)) return aboveNic(where, stanza.link, nic);
    if (stanza.link === "" && stanza.head.words.slice(1).some((pattern) => [nic, bridge].some(matchedBy(pattern))))
      return unknownTo(where, quoted(stanza.head.text));
    const all = [stanza.head, ...stanza.options].filter((one) => !isComment(one));
    const line = all.find((one) => hasName(one.text, nic) || takesAny(one));
    if (line) return namedBy(at(path, line.number), stanza, line, nic);
  }
  return undefined;
}

/** `bridge_ports all` and `bridge_ports regex eth.*` of bridge-utils, which may take any NIC. */
function takesAny({ words: [key = "", ...values] }: Line): boolean {
  return /^bridge[_-]ports$/.test(key) && values.some((value) => ["all", "regex"].includes(value));
}

const matchedBy = (pattern: string) => (name: string) => globMatches(pattern, name);

function namedBy(where: string, { link }: Stanza, line: Line, nic: string): string {
  if (line.words[0] === "vlan-raw-device") return aboveNic(where, link, nic);
  if (/^bridge[_-]ports$/.test(line.words[0] ?? ""))
    return `${where}: ${nic} is a port of ${link}, or may be one. Remove it there`;
  return `${where}: ${line.words[0] === "iface" ? quoted(line.text) : named(line.text)} needs ${nic} with its addresses, but the port of a bridge has none. Change the line`;
}

function aboveNic(where: string, vlan: string, nic: string): string {
  return `${where}: ${vlan} is a VLAN on ${nic}, but the port of a bridge cannot have VLANs. Remove it, or make the bridge by hand`;
}

function stanzaProblem(file: Parsed, stanza: Stanza, origin: Origin, files: readonly Parsed[]): string | undefined {
  const where = at(file.path, stanza.head.number);
  const { head, link, inherits } = stanza;
  if (/\.\d+$|^vlan\d+$/.test(origin.nic))
    return `${where}: ifupdown creates the VLAN ${origin.nic} only when it brings it up itself, not as the port of a bridge. Make the bridge by hand`;
  const said = ["iface", link, stanza.family, stanza.method, ...(inherits === undefined ? [] : ["inherits", inherits])];
  if (head.words.join(" ") !== said.join(" ") || !isKnownMethod(stanza)) return unknownTo(where, quoted(head.text));
  if (link !== origin.nic && !files.flatMap(broughtUp).includes(link))
    return `${where}: no "auto" line brings ${link} up, so pulumi-kvm does not know whether the bridge needs its settings. Remove the stanza, or write "auto ${link}"`;
  return inheritance(file, stanza, origin) ?? optionsProblem(file, stanza, origin, isUnderstood(origin));
}

/**
 * The template stays where it is, because other stanzas may use it. So all its options must be right for a bridge
 * without a change.
 */
function inheritance(file: Parsed, { head, inherits }: Stanza, origin: Origin): string | undefined {
  if (inherits === undefined) return undefined;
  const templates = file.stanzas.filter(({ link }) => link === inherits);
  if (templates.length === 0)
    return `${at(file.path, head.number)}: the stanza inherits from ${inherits}, which is not in the same file. Move it there`;
  return firstOf(
    templates.map((template) => () => {
      if (template.inherits) return unknownTo(at(file.path, template.head.number), quoted(template.head.text));
      return optionsProblem(file, template, origin, holdsAsItStands(origin));
    }),
  );
}

function optionsProblem(
  { path }: Parsed,
  { options }: Stanza,
  { nic }: Origin,
  isKnown: (line: Line) => boolean,
): string | undefined {
  const unknown = options.find((line) => !isComment(line) && !(isKnownValue(line) && isKnown(line)));
  if (!unknown) return undefined;
  const where = at(path, unknown.number);
  if (!isCommand(unknown)) return unknownTo(where, named(unknown.text));
  return `${where}: the command names ${nic}, and pulumi-kvm does not know how to change it for the bridge. Change it, or make the bridge by hand`;
}

const isUnderstood = (names: Origin) => (line: Line) =>
  isCommand(line) ? commandOnBridge(line.text, names) !== undefined : fateOf(line.words[0] ?? "") !== undefined;

const holdsAsItStands = (names: Origin) => (line: Line) =>
  ofTemplate.includes(line.words[0] ?? "") && (!isCommand(line) || commandOnBridge(line.text, names) === line.text);

function isCommand({ words }: Line): boolean {
  return commands.includes(words[0] ?? "");
}
