import { contains, parseCidr } from "../addresses";
import type { FilterChain, PacketFilter, Ruleset } from "../facts/packet-filter";
import type { Family, Match, SeenRule } from "./rule";

/**
 * What becomes of a packet, as far as it is certain. A rule that may or may not match it (a port that is not known, a
 * part that we do not know) decides nothing.
 */

/** What is known of a packet. A network or several ports mean: any of them. */
export interface Packet extends Match {
  hook: "input" | "forward" | "output";
  family: Family;
  /** @default new */
  states?: string[];
}

/** What drops it: a rule, or a chain's policy. */
export interface Obstacle {
  ruleset: string;
  chain: string;
  /** undefined: it is the policy. */
  rule?: SeenRule;
}

/** The first that drops the packet for certain. An accept ends one table's say only: the packet must pass all tables. */
export function obstacleTo(packet: Packet, filter: PacketFilter): Obstacle | undefined {
  const ways = filter.filter(({ family }) => family === undefined || family === packet.family);
  return ways.flatMap((ruleset) => entries(ruleset, packet)).find((found) => found !== undefined);
}

function entries(ruleset: Ruleset, packet: Packet): (Obstacle | undefined)[] {
  return Object.entries(ruleset.chains)
    .filter(([, { hook }]) => hook === packet.hook)
    .map(([name, chain]) => {
      const end = walk(ruleset, name, packet, 0);
      if (end === "accept") return undefined;
      if (end) return end;
      return chain.policy === "drop" ? { ruleset: ruleset.name, chain: name } : undefined;
    });
}

/** undefined: the chain does not decide. */
function walk(ruleset: Ruleset, name: string, packet: Packet, depth: number): Obstacle | "accept" | undefined {
  const chain: FilterChain | undefined = depth < 16 ? ruleset.chains[name] : undefined;
  for (const rule of chain?.rules ?? []) {
    if (!certainly(rule, packet)) continue;
    const { verdict } = rule;
    if (verdict === "accept") return "accept";
    if (verdict === "return") return undefined;
    if (verdict === "drop" || verdict === "reject") return { ruleset: ruleset.name, chain: name, rule };
    const inner = typeof verdict === "object" && "jump" in verdict && walk(ruleset, verdict.jump, packet, depth + 1);
    if (inner) return inner;
  }
  return undefined;
}

/** Whether all that the rule asks for holds for whatever the packet may be. */
function certainly(rule: SeenRule, packet: Packet): boolean {
  const { toHost, forwardedPort, forwardedTo, states, other } = rule;
  if (other.length > 0 || [toHost, forwardedPort, forwardedTo].some((part) => part !== undefined)) return false;
  if (states && !(packet.states ?? ["new"]).every((state) => states.includes(state))) return false;
  if (rule.family !== undefined && rule.family !== packet.family) return false;
  const same = (["inInterface", "outInterface", "protocol"] as const).every(
    (part) => rule[part] === undefined || rule[part] === packet[part],
  );
  return same && isOfNetworks(rule, packet) && isOfPorts(rule, packet);
}

function isOfNetworks(rule: Match, packet: Match): boolean {
  const { notDestination } = rule;
  const apart = packet.destination !== undefined && !meets(packet.destination, notDestination ?? "");
  if (notDestination !== undefined && !apart) return false;
  return (["source", "destination"] as const).every((part) => {
    const [network, known] = [rule[part], packet[part]];
    return network === undefined || (known !== undefined && isInside(known, network));
  });
}

function isOfPorts(rule: Match, packet: Match): boolean {
  return (["sourcePorts", "destinationPorts"] as const).every((part) => {
    const [ranges, known] = [rule[part], packet[part]];
    return ranges === undefined || known?.every((one) => ranges.some((range) => spans(range, one))) === true;
  });
}

/** "1000-2000" spans "1000-1500" and "1700". */
function spans(outer: string, inner: string): boolean {
  const [[from = 0, to = from], [first = 0, last = first]] = [outer, inner].map((range) =>
    range.split("-").map(Number),
  ) as [number[], number[]];
  return from <= first && last <= to;
}

function meets(a: string, b: string): boolean {
  return isInside(a, b) || isInside(b, a);
}

function isInside(inner: string, outer: string): boolean {
  if (!outer.includes("/")) return inner === outer;
  const network = parseCidr(inner);
  const [, length = "0"] = outer.split("/");
  return contains(outer, network?.address ?? inner) && (!network || network.prefix >= Number(length));
}
