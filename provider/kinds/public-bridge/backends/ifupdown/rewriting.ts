import type { Origin, Rendering, Wishes } from "../../backend";
import { isList, type Line, newLine, type Stanza } from "../../formats/interfaces";
import type { ConfigFile } from "../../nic-config";
import { commandOnBridge, namesLink } from "./commands";
import { commands, fateOf } from "./options";
import { filesOf, isOwnName, otherLists, ownStanzas, type Parsed, withoutNic } from "./stanzas";
import { indented, newStanza, withWishes } from "./wishes";

/** The files without the NIC's stanzas. The first file that had one gets the bridge's stanzas. */
export function rewritten(origin: Origin, wishes: Wishes): Rendering {
  const files = filesOf(origin);
  const home = files.find((file) => ownStanzas(file, origin).length > 0);
  const changed = files.filter((file) => namesNic(file, origin.nic));
  return Object.fromEntries(
    changed.map((file) => [
      file.path,
      withBridge(origin, file, file === home ? bridgeLines(origin, files, wishes) : []),
    ]),
  );
}

function namesNic({ lines, stanzas }: Parsed, nic: string): boolean {
  const isOwn = (name: string) => isOwnName(name, nic);
  return (
    stanzas.some(({ link }) => isOwn(link)) || lines.some((line) => isList(line) && line.words.slice(1).some(isOwn))
  );
}

function withBridge({ nic, files }: Origin, file: Parsed, bridge: string[]): ConfigFile {
  const kept = withoutNic(file, nic).map(({ raw }) => raw);
  const needsBlank = bridge.length > 0 && kept.at(-1)?.trim();
  const content = [...kept, ...(needsBlank ? [""] : []), ...bridge].join("\n");
  return { content: content.endsWith("\n") ? content : `${content}\n`, mode: files[file.path]?.mode ?? 0o644 };
}

function bridgeLines(origin: Origin, files: readonly Parsed[], wishes: Wishes): string[] {
  const { nic, bridge } = origin;
  const own = files.flatMap((file) => ownStanzas(file, origin));
  const [first = newStanza("inet", "manual", []), ...rest] = withWishes(own, wishes).map((one) =>
    onBridge(one, origin),
  );
  const ofPort = own.flatMap(({ options }) => options).filter(isOfPort);
  const port = { ...newStanza("inet", "manual", []), options: ofPort };
  const made = { ...first, options: withMaking(first, origin) };
  const lists = [...new Set(files.flatMap((file) => otherLists(file, nic)))];
  return [
    // ifupdown applies hardware settings when it brings the NIC up.
    ofPort.length > 0 ? `auto ${nic} ${bridge}` : `auto ${bridge}`,
    ...lists.map((word) => `${word} ${bridge}`),
    ...[text(port, nic), ...[made, ...rest].map((stanza) => text(stanza, bridge))].flatMap((stanza) => [stanza, ""]),
  ].slice(0, -1);
}

/**
 * Adds the commands that make and delete the bridge. The stanza's own commands can use the bridge before it has
 * addresses, and until it is deleted.
 */
function withMaking({ options }: Stanza, origin: Origin): Line[] {
  const [before, after] = [indented(making(origin)), indented(unmaking(origin))];
  const needsBridge = options.some(({ words, text }) => words[0] === "pre-up" && namesLink(text, origin.bridge));
  return needsBridge ? [...before, ...options, ...after] : [...options, ...before, ...after];
}

const ofIpv6 = (link: string, key: string) => `/proc/sys/net/ipv6/conf/${link}/${key}`;
const [accept, disable] = ["accept_ra", "disable_ipv6"] as const;

/** In `pre-up` commands, so that the bridge exists before its addresses, however ifupdown is started. */
function making({ nic, bridge, macAddress, mtu }: Origin): string[] {
  const settings = "type bridge stp_state 0 forward_delay 0";
  return [
    `pre-up ip link show dev ${bridge} >/dev/null 2>&1 || ip link add name ${bridge} address ${macAddress} ${settings}`,
    `pre-up cat ${ofIpv6(nic, accept)} 2>/dev/null >${ofIpv6(bridge, accept)} || true`,
    `pre-up echo 1 2>/dev/null >${ofIpv6(nic, disable)} || true`,
    `pre-up ip link set dev ${nic}${mtu === 1500 ? "" : ` mtu ${mtu}`} master ${bridge} up`,
  ];
}

function unmaking({ nic, bridge }: Origin): string[] {
  return [
    `post-down ip link set dev ${nic} nomaster || true`,
    `post-down cat ${ofIpv6("default", disable)} 2>/dev/null >${ofIpv6(nic, disable)} || true`,
    `post-down ip link del dev ${bridge}`,
  ];
}

function isOfPort({ words }: Line): boolean {
  return fateOf(words[0] ?? "") === "port";
}

function onBridge(stanza: Stanza, names: Origin): Stanza {
  const options = stanza.options.filter((line) => !isOfPort(line)).map((line) => moved(line, names));
  return { ...stanza, options };
}

/**
 * A command that is not understood stays as it is. The plan refuses a new bridge with such a command before it changes
 * anything.
 */
function moved(line: Line, names: Origin): Line {
  if (!commands.includes(line.words[0] ?? "")) return line;
  return newLine(commandOnBridge(line.text, names) ?? line.text);
}

function text({ family, method, inherits, options }: Stanza, link: string): string {
  const head = `iface ${link} ${family} ${method}${inherits === undefined ? "" : ` inherits ${inherits}`}`;
  return [head, ...options.map((line) => line.text)].join("\n");
}
