import { isDeepStrictEqual } from "node:util";
import { canonicalAddress, networkOf, parseCidr } from "../../core/addresses";

/**
 * One packet filter rule, in neither back end's words: what we wish is rendered from it, and what is there is read
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

/** Which packets; each part that is there must hold. */
export interface Match {
  family?: Family;
  inInterface?: string;
  outInterface?: string;
  /** A network, or an address without a prefix length. */
  source?: string;
  destination?: string;
  /** Not to this network or address. */
  notDestination?: string;
  /** By name, or by number where it has none here. */
  protocol?: string;
  /** "80", "1000-2000" */
  sourcePorts?: string[];
  destinationPorts?: string[];
  /** Of connection tracking: "new", "established" …; "dnat" is one that was forwarded to another address. */
  states?: string[];
  /** Addressed to the host itself. */
  toHost?: boolean;
  /** The connection was made to this port, and answers from this address. */
  forwardedPort?: number;
  forwardedTo?: string;
}

/** A rule as it was found. */
export interface SeenRule extends Match {
  chain: string;
  verdict?: Verdict | "return" | { jump: string };
  comment: string;
  /** Parts that we do not know: the rule matches fewer packets than it seems to. */
  other: string[];
  /** As the tool prints it, for the reader. */
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

/** The parts of a rule that are not as wished. One that we cannot see is no difference where something is unknown to us. */
export function differences(want: Rule, seen: SeenRule): (keyof Rule)[] {
  const different = parts.filter((part) => {
    const unseen = seen[part] === undefined && seen.other.length > 0;
    return !unseen && !isDeepStrictEqual(want[part] ?? undefined, seen[part]);
  });
  const verdictDiffers = seen.verdict !== undefined && !isDeepStrictEqual(want.verdict, seen.verdict);
  return [...different, ...(verdictDiffers ? ["verdict" as const] : [])];
}

/** The one spelling of a match that both sides are brought to. Parts that are absent stay absent. */
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

/** "192.168.50.7/24" is its network; a whole address goes without its prefix length. */
export function canonicalNetwork(text: string): string {
  const parsed = parseCidr(text);
  if (!parsed) return canonicalAddress(text);
  const whole = parsed.family === 4 ? 32 : 128;
  return parsed.prefix === whole ? parsed.address : networkOf(text);
}

/** IANA's numbers of those that are filtered by name; /etc/protocols is not on every host. */
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

/** ICMP is one name to the user; each family has its own. */
export function protocolOf(name: string, family: Family): string {
  return name === "icmp" && family === 6 ? "icmpv6" : name;
}

function protocolName(text: string): string {
  if (text === "ipv6-icmp") return "icmpv6";
  const found = Object.entries(protocols).find(([, number]) => String(number) === text);
  return found ? found[0] : text.toLowerCase();
}

/** nft joins ranges that touch, iptables does not: joined they are equal. */
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
