import { isDeepStrictEqual } from "node:util";
import { canonicalAddress, networkOf, parseCidr } from "../../core/addresses";

/**
 * One packet filter rule, independent of the backend. A desired rule is rendered from it, and an actual rule is parsed
 * into it, so that the two can be compared.
 */
export interface Rule extends Match {
  family: Family;
  chain: Chain;
  verdict: Verdict;
}

export type Family = 4 | 6;
export type Chain = "input" | "forward" | "output" | "prerouting" | "postrouting";
export type Verdict = "accept" | "drop" | "reject" | "masquerade" | { dnat: string };

/** Which packets a rule matches. Each part that is given must hold. */
export interface Match {
  family?: Family;
  inInterface?: string;
  outInterface?: string;
  /** A network, or an address without a prefix length. */
  source?: string;
  destination?: string;
  /** The destination is not in this network, or not this address. */
  notDestination?: string;
  /** The name, or the number when `protocols` below has no name for it. */
  protocol?: string;
  /** "80", "1000-2000" */
  sourcePorts?: string[];
  destinationPorts?: string[];
  /** States of connection tracking, like "new" or "established". "dnat" means that DNAT has changed the destination. */
  states?: string[];
  /** Addressed to the host itself. */
  toHost?: boolean;
  /** The port to which the connection was made before DNAT, and the address that answers. */
  forwardedPort?: number;
  forwardedTo?: string;
}

/** An actual rule, as it is on the host. */
export interface SeenRule extends Match {
  chain: string;
  verdict?: Verdict | "return" | { jump: string };
  comment: string;
  /** Parts that the parser does not know. With them, the rule matches fewer packets than it seems to. */
  other: string[];
  /** The rule as the tool prints it, for messages. */
  text: string;
}

const parts = [
  ...[
    "inInterface",
    "outInterface",
    "source",
    "destination",
    "notDestination",
    "protocol",
    "sourcePorts",
    "destinationPorts",
  ],
  ...["states", "toHost", "forwardedPort", "forwardedTo"],
] as (keyof Match)[];

/**
 * The parts in which the actual rule differs from the desired one. A part that we cannot see is not a difference when
 * the actual rule has unknown parts, because it may be one of them.
 */
export function differences(want: Rule, seen: SeenRule): (keyof Rule)[] {
  const different = parts.filter((part) => {
    const unseen = seen[part] === undefined && seen.other.length > 0;
    return !unseen && !isDeepStrictEqual(want[part] ?? undefined, seen[part]);
  });
  const verdictDiffers = seen.verdict !== undefined && !isDeepStrictEqual(want.verdict, seen.verdict);
  return [...different, ...(verdictDiffers ? ["verdict" as const] : [])];
}

/** Brings a match into one canonical spelling, for both sides of a comparison. Absent parts stay absent. */
export function canonicalMatch<T extends Match>(match: T): T {
  const { source, destination, notDestination, sourcePorts, destinationPorts, states, protocol, forwardedTo } = match;
  const spelt = {
    ...match,
    ...(source !== undefined && { source: canonicalNetwork(source) }),
    ...(destination !== undefined && { destination: canonicalNetwork(destination) }),
    ...(notDestination !== undefined && { notDestination: canonicalNetwork(notDestination) }),
    ...(protocol !== undefined && { protocol: protocolName(protocol) }),
    ...(sourcePorts !== undefined && { sourcePorts: mergedPorts(sourcePorts) }),
    ...(destinationPorts !== undefined && { destinationPorts: mergedPorts(destinationPorts) }),
    ...(states !== undefined && { states: states.map((state) => state.toLowerCase()).sort() }),
    ...(forwardedTo !== undefined && { forwardedTo: canonicalNetwork(forwardedTo) }),
  };
  return Object.fromEntries(Object.entries(spelt).filter(([, value]) => value !== undefined)) as T;
}

/** "192.168.50.7/24" becomes "192.168.50.0/24". A single address (/32, /128) loses its prefix length. */
function canonicalNetwork(text: string): string {
  const parsed = parseCidr(text);
  if (!parsed) return canonicalAddress(text);
  const whole = parsed.family === 4 ? 32 : 128;
  return parsed.prefix === whole ? parsed.address : networkOf(text);
}

/** The IANA numbers of the protocols that rules may name. Not every host has /etc/protocols. */
const protocols: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  ospf: 89,
  vrrp: 112,
  sctp: 132,
};

export function protocolNumber(name: string): number {
  return protocols[name] ?? Number(name);
}

/** Users write "icmp" for both families. In IPv6 rules it becomes "icmpv6". */
export function protocolOf(name: string, family: Family): string {
  return name === "icmp" && family === 6 ? "icmpv6" : name;
}

function protocolName(text: string): string {
  if (text === "ipv6-icmp") return "icmpv6";
  const found = Object.entries(protocols).find(([, number]) => String(number) === text);
  return found ? found[0] : text.toLowerCase();
}

/** Joins adjacent ranges as nft does. iptables does not, and only joined ranges compare as equal. */
function mergedPorts(ports: readonly string[]): string[] {
  const ranges = ports.map((port) => port.split(/[-:]/).map(Number)).map(([from = 0, to = from]) => ({ from, to }));
  const merged: { from: number; to: number }[] = [];
  for (const range of ranges.sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && range.from <= last.to + 1) last.to = Math.max(last.to, range.to);
    else merged.push({ ...range });
  }
  return merged.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`));
}
