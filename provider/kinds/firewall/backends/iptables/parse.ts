import { linesOf } from "../../../../core/reply";
import { canonicalMatch, type Family, type SeenRule, type Verdict } from "../../rule";

/**
 * Parses the output of iptables-save. The names in it may come from any program, so every lookup by name uses a Map.
 */

/** One table of iptables-save. */
export interface Table {
  name: string;
  /** The policy of each built-in chain. A user-defined chain has "-". */
  policies: Map<string, string>;
  rules: SeenRule[];
}

export function parseSave(output: string, family: Family): Table[] {
  const found: Table[] = [];
  for (const line of linesOf(output)) {
    const table = found.at(-1);
    const [, chain = "", policy = ""] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (line.startsWith("*")) found.push({ name: line.slice(1), policies: new Map(), rules: [] });
    else if (table && chain) table.policies.set(chain, policy);
    else if (table && line.startsWith("-A ")) table.rules.push(parseRule(line, family));
  }
  return found;
}

type Option = (value: string) => Partial<SeenRule>;

/** The options with one value, and the part of a rule that each one sets. */
const options = new Map<string, Option>(
  Object.entries<Option>({
    "-A": (chain) => ({ chain }),
    "-s": (source) => ({ source }),
    "-d": (destination) => ({ destination }),
    "! -d": (notDestination) => ({ notDestination }),
    "-i": (inInterface) => ({ inInterface }),
    "-o": (outInterface) => ({ outInterface }),
    "-p": (protocol) => ({ protocol }),
    "--sport": (port) => ({ sourcePorts: [port] }),
    "--dport": (port) => ({ destinationPorts: [port] }),
    "--sports": (list) => ({ sourcePorts: list.split(",") }),
    "--dports": (list) => ({ destinationPorts: list.split(",") }),
    "--ctstate": (list) => ({ states: list.split(",") }),
    "--state": (list) => ({ states: list.split(",") }),
    "--ctorigdstport": (port) => ({ forwardedPort: Number(port) }),
    "--ctreplsrc": (forwardedTo) => ({ forwardedTo }),
    "--dst-type": (type) => (type === "LOCAL" ? { toHost: true } : { other: [`--dst-type ${type}`] }),
    "--comment": (comment) => ({ comment }),
    "--to-destination": (dnat) => ({ verdict: { dnat } }),
    "--reject-with": () => ({}),
    "-m": (module) => (known.includes(module) ? {} : { other: [`-m ${module}`] }),
    "-j": (name) => ({ verdict: verdictOf(name) }),
    "-g": (name) => ({ verdict: verdictOf(name) }),
  }),
);

const known = ["tcp", "udp", "sctp", "multiport", "conntrack", "state", "addrtype", "comment"];

function parseRule(line: string, family: Family): SeenRule {
  let rule: SeenRule = { family, chain: "", comment: "", other: [], text: line };
  const words = wordsOf(line);
  while (words.length > 0) {
    const [word, quoted] = words.shift() ?? [""];
    const name = word === "!" && !quoted ? `! ${words.shift()?.[0]}` : word;
    const option = quoted ? undefined : (options.get(name) ?? (name !== word ? negated(name) : undefined));
    const found: Partial<SeenRule> = option ? option(words.shift()?.[0] ?? "") : { other: [name] };
    rule = { ...rule, ...found, other: [...rule.other, ...(found.other ?? [])] };
  }
  return canonicalMatch(rule);
}

function negated(name: string): Option {
  return (value) => ({ other: [`${name} ${value}`] });
}

/** Each word, and whether it was quoted. A quoted word is a text, even when it looks like an option. */
function wordsOf(line: string): [word: string, quoted?: true][] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|\S+/g)].map(([word, quoted]) =>
    quoted === undefined ? [word] : [quoted.replaceAll(/\\(.)/g, "$1"), true],
  );
}

function verdictOf(name: string): NonNullable<SeenRule["verdict"]> {
  const lower = name.toLowerCase();
  if (["accept", "drop", "reject", "masquerade", "return"].includes(lower)) return lower as Verdict | "return";
  return name === "DNAT" ? { dnat: "" } : { jump: name };
}
