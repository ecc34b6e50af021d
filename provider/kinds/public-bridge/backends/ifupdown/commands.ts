import type { Names } from "../../backend";
import { escaped, hasName } from "../../formats/words";

/**
 * Rewrites a line like `up ip route add … dev eth0` for the bridge. From now on the command runs with the bridge as
 * $IFACE. Undefined when the command names the NIC in an unknown place.
 */
export function commandOnBridge(line: string, names: Link): string | undefined {
  const [, option = "", command = ""] = /^(\s*\S+\s+)(.*)$/s.exec(line) ?? [];
  // This also splits at separators inside quotes or $(…), where a shell does not.
  const pieces = command.split(/(\|\||&&|;|\|)/);
  const moved = pieces.map((piece, i) =>
    i % 2 === 1 || !namesLink(piece, names.nic) ? piece : onBridge(piece, names),
  );
  return moved.every((piece) => piece !== undefined) ? option + moved.join("") : undefined;
}

/** Whether the text has the link's name, or the variable for the interface of the stanza. */
export function namesLink(text: string, name: string): boolean {
  return hasName(text, name) || variable.test(text);
}

type Link = Pick<Names, "nic" | "bridge">;

/** The new form of a word of a command. Undefined when the word is not understood in that place. */
type Rule = (words: readonly string[], i: number, link: Link) => string | undefined;

const variable = /\$(?:(?:IFACE|LOGICAL)\b|\{(?:IFACE|LOGICAL)\})/;

function onBridge(piece: string, link: Link): string | undefined {
  const [, start = "", rest = ""] = /^(\s*)(.*)$/s.exec(piece) ?? [];
  const parts = rest.split(/(\s+)/);
  const words = parts.filter((_part, i) => i % 2 === 0);
  const rule = rules.get(words[0]?.replace(/^.*\//, "") ?? "");
  if (!rule) return undefined;
  const moved = words.map((word, i) => (namesLink(word, link.nic) ? rule(words, i, link) : word));
  if (moved.some((word) => word === undefined)) return undefined;
  return start + parts.map((part, i) => (i % 2 === 1 ? part : moved[i / 2])).join("");
}

/** Replaces the device after one of these words by the bridge. */
function after(...options: string[]): Rule {
  return (words, i, link) => {
    const [before = "", word = ""] = [words[i - 1], words[i]];
    if (before === "label") return labelOf(word, link);
    return options.includes(before) ? deviceOf(word, link) : undefined;
  };
}

/** `ip link set eth0 up`: accepts only settings that a bridge has as well as a NIC. */
const ip: Rule = (words, i, link) => {
  if (!/^l(i(n(k)?)?)?$/.test(words.slice(1).find((word) => !word.startsWith("-")) ?? ""))
    return after("dev", "iif", "oif")(words, i, link);
  const set = words.findIndex((word) => /^s(et)?$/.test(word));
  const harmless = /^(dev|up|down|on|off|mtu|promisc|multicast|allmulticast|txqueuelen|qlen|\d+)$/;
  const others = words.slice(set + 1).filter((_word, j) => set + 1 + j !== i);
  return set > 0 && others.every((word) => harmless.test(word)) ? deviceOf(words[i] ?? "", link) : undefined;
};

/** Hardware settings stay with the NIC. */
const ofHardware: Rule = (words, i, { nic }) => {
  const word = unquoted(words[i] ?? "");
  return word === nic ? words[i] : isVariable(word) ? nic : undefined;
};

/** Settings of the NIC: /proc/sys/net/ipv4/conf/eth0/… and net.ipv4.conf.eth0.… */
const setting: Rule = (words, i, { nic, bridge }) => {
  const moved = (words[i] ?? "").replaceAll(
    new RegExp(`(net[./]ipv[46][./](?:conf|neigh)[./])(?:${escaped(nic)}(?=[./])|(${variable.source}))`, "g"),
    (_all, path: string, kept?: string) => path + (kept ?? bridge),
  );
  return hasName(moved, nic)
    ? undefined
    : moved.replaceAll(/net[./]ipv[46]\S*/g, "").match(variable)
      ? undefined
      : moved;
};

const filter = after("-i", "-o", "--in-interface", "--out-interface");

const rules: ReadonlyMap<string, Rule> = new Map([
  ["ip", ip],
  ["route", (words, i, link) => deviceOf(words[i] ?? "", link)],
  ["ethtool", ofHardware],
  ["iptables", filter],
  ["ip6tables", filter],
  ["sysctl", setting],
  ["echo", setting],
  ["printf", setting],
  ["test", setting],
  ["[", setting],
]);

function deviceOf(word: string, { nic, bridge }: Link): string | undefined {
  if (isVariable(unquoted(word))) return word;
  return unquoted(word) === nic ? bridge : undefined;
}

/** The kernel accepts labels of at most 15 bytes. */
function labelOf(word: string, { nic, bridge }: Link): string | undefined {
  const label = unquoted(word).startsWith(`${nic}:`) ? bridge + unquoted(word).slice(nic.length) : undefined;
  return label !== undefined && label.length <= 15 ? label : undefined;
}

function isVariable(word: string): boolean {
  return new RegExp(`^${variable.source}$`).test(word);
}

function unquoted(word: string): string {
  return word.replace(/^"(.*)"$/, "$1");
}
