import { contains, parseCidr } from "../../core/addresses";
import { isOfContainers } from "../sysctl/forwarding-users.fact";
import { isCovered } from "./link-name";
import type { PacketFilter } from "./packet-filter.fact";
import type { Family, Match, SeenRule } from "./rule";
import type { FilterChain, Ruleset } from "./ruleset";

/**
 * Follows a packet through the packet filter, as far as its way is certain. A rule that only may match (because a port
 * or a part of the rule is unknown) decides nothing.
 */

/** The known properties of a packet. A network or several ports mean that any of them is possible. */
export interface Packet extends Match {
  hook: "input" | "forward" | "output";
  family: Family;
  /** @default new */
  states?: string[];
  /** DNAT has changed its destination. This is independent of `states`. */
  wasForwarded?: boolean;
}

/** The rule, or the policy of a chain, that drops the packet. */
export interface Obstacle {
  ruleset: string;
  chain: string;
  /** Undefined means the policy of the chain. */
  rule?: SeenRule;
}

/** Whether a rule with an accept or a jump counts as matching the packet. */
type Accepts = (rule: SeenRule, packet: Packet) => boolean;

/**
 * Finds the first rule or policy that certainly drops the packet. An accept ends only one table: the packet must pass
 * all tables.
 * @param accepts `possibly` for a packet that is known only in part: an accept that may match then lets it pass
 */
export function obstacleTo(packet: Packet, filter: PacketFilter, accepts: Accepts = certainly): Obstacle | undefined {
  const ways = filter.filter(({ family }) => family === undefined || family === packet.family);
  return ways.flatMap((ruleset) => entries(ruleset, packet, accepts)).find((found) => found !== undefined);
}

function entries(ruleset: Ruleset, packet: Packet, accepts: Accepts): (Obstacle | undefined)[] {
  return Object.entries(ruleset.chains)
    .filter(([, { hook }]) => hook === packet.hook)
    .map(([name, chain]) => {
      const end = walk(ruleset, name, packet, accepts, 0);
      if (end === "accept") return undefined;
      if (end) return end;
      return chain.policy === "drop" ? { ruleset: ruleset.name, chain: name } : undefined;
    });
}

/** @returns undefined when the chain does not decide */
function walk(
  ruleset: Ruleset,
  name: string,
  packet: Packet,
  accepts: Accepts,
  depth: number,
): Obstacle | "accept" | undefined {
  const chain: FilterChain | undefined = depth < 16 ? ruleset.chains[name] : undefined;
  for (const rule of chain?.rules ?? []) {
    const { verdict } = rule;
    const isJump = typeof verdict === "object" && "jump" in verdict;
    const isMet = verdict === "accept" || isJump ? accepts(rule, packet) : certainly(rule, packet);
    if (!isMet) continue;
    if (verdict === "accept") return "accept";
    if (verdict === "return") return undefined;
    if (verdict === "drop" || verdict === "reject") return { ruleset: ruleset.name, chain: name, rule };
    const inner = isJump && walk(ruleset, verdict.jump, packet, accepts, depth + 1);
    // A drop behind a jump is certain only when the jump is certain.
    if (inner === "accept" || (inner && certainly(rule, packet))) return inner;
  }
  return undefined;
}

/** Whether the rule matches every packet that fits the description. */
function certainly(rule: SeenRule, packet: Packet): boolean {
  const { toHost, forwardedPort, forwardedTo, states, other } = rule;
  if (other.length > 0 || [toHost, forwardedPort, forwardedTo].some((part) => part !== undefined)) return false;
  if (states && !isOfForwarded(states, packet) && !statesOf(packet).every((state) => states.includes(state)))
    return false;
  if (rule.family !== undefined && rule.family !== packet.family) return false;
  const isOfProtocol = rule.protocol === undefined || rule.protocol === packet.protocol;
  const isOfLinks = linkParts.every((part) => isOfLink(rule[part], packet[part]));
  return isOfProtocol && isOfLinks && isOfNetworks(rule, packet) && isOfPorts(rule, packet);
}

function statesOf({ states = ["new"] }: Packet): string[] {
  return states;
}

function isOfForwarded(states: readonly string[], { wasForwarded = false }: Packet): boolean {
  return wasForwarded && states.includes("dnat");
}

/** Links that forwarded packets of guests never use: lo, and the links of containers. */
function isOfOthers(link: string): boolean {
  return link === "lo" || isOfContainers(link);
}

const linkParts = ["inInterface", "outInterface"] as const;

function isOfLink(ruled: string | undefined, known: string | undefined): boolean {
  if (ruled === undefined) return true;
  return known !== undefined && (isCovered(known, ruled, "+") || isCovered(known, ruled, "*"));
}

/**
 * Whether the rule may match some packet that fits the description. When the packet's link is unknown, rules for lo and
 * for links of containers do not count.
 */
export function possibly(rule: SeenRule, packet: Packet): boolean {
  if (rule.family !== undefined && rule.family !== packet.family) return false;
  const { states } = rule;
  if (states && !isOfForwarded(states, packet) && !statesOf(packet).some((state) => states.includes(state)))
    return false;
  if (rule.protocol !== undefined && packet.protocol !== undefined && rule.protocol !== packet.protocol) return false;
  const mayMeetLinks = linkParts.every((part) => {
    const [ruled, known] = [rule[part], packet[part]];
    return known === undefined ? ruled === undefined || !isOfOthers(ruled) : isOfLink(ruled, known);
  });
  const mayMeetNetworks = (["source", "destination"] as const).every((part) => {
    const [ruled, known] = [rule[part], packet[part]];
    return ruled === undefined || known === undefined || meets(ruled, known);
  });
  return mayMeetLinks && mayMeetNetworks;
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
