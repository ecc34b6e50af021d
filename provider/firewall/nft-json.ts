import { canonicalMatch, type Family, type SeenRule } from "./rule";

/** Reads what `nft -j` prints: libnftables-json(5). */

/** A chain; with a hook it is where packets come in. */
export interface NftChain {
  family: string;
  table: string;
  name: string;
  type?: string;
  hook?: string;
  prio?: number;
  policy?: string;
  rules: SeenRule[];
}

interface Raw {
  chain?: Omit<NftChain, "rules">;
  rule?: { family: string; table: string; chain: string; comment?: string; expr?: Expression[] };
}
type Expression = Record<string, unknown>;

export function parseNft(output: string): NftChain[] {
  const { nftables } = JSON.parse(output.trim() || '{"nftables":[]}') as { nftables: Raw[] };
  const chains = nftables.flatMap(({ chain }) => (chain ? [{ ...chain, rules: [] as SeenRule[] }] : []));
  for (const { rule } of nftables) {
    if (!rule) continue;
    const chain = chains.find((c) => c.family === rule.family && c.table === rule.table && c.name === rule.chain);
    chain?.rules.push(parseRule(rule));
  }
  return chains;
}

function parseRule({ family, table, chain, comment = "", expr = [] }: NonNullable<Raw["rule"]>): SeenRule {
  const text = `nft ${family} ${table} ${chain}: ${expr.map((e) => JSON.stringify(e)).join(" ")}`;
  const own: Partial<SeenRule> = family === "ip" ? { family: 4 } : family === "ip6" ? { family: 6 } : {};
  let rule: SeenRule = { ...own, chain, comment, other: [], text };
  for (const expression of expr) {
    const found = "match" in expression ? matched(expression.match as Matched) : stated(expression);
    rule = { ...rule, ...found, other: [...rule.other, ...(found.other ?? [])] };
  }
  return canonicalMatch(rule);
}

interface Matched {
  op: string;
  left: Record<string, unknown>;
  right: unknown;
}

function matched({ op, left, right }: Matched): Partial<SeenRule> {
  const values = valuesOf(right);
  const unknown = { other: [JSON.stringify({ op, left, right })] };
  const { meta, payload, ct, fib } = left as Record<string, Record<string, string> | undefined>;
  const [one = ""] = values ?? [];
  if (op === "!=" && payload?.field === "daddr" && values?.length === 1)
    return { notDestination: one, family: payload.protocol === "ip" ? 4 : 6 };
  if (!["==", "in"].includes(op) || values === undefined) return unknown;
  const key = meta?.key ?? (payload && `${payload.protocol} ${payload.field}`) ?? (ct && `ct ${ct.key}`) ?? "";
  if (fib && fib.result === "type" && one === "local") return { toHost: true };
  if (key === "ct status" && one === "dnat") return { states: ["dnat"] };
  const several = manyOf[key];
  if (several) return several(values);
  const single = values.length === 1 ? oneOf[key] : undefined;
  return single ? single(one) : unknown;
}

const familyOf: Readonly<Record<string, Family>> = { ipv4: 4, ipv6: 6 };

/** Left sides with one value. */
const oneOf: Readonly<Record<string, (value: string) => Partial<SeenRule>>> = {
  nfproto: (value) => (familyOf[value] ? { family: familyOf[value] } : {}),
  iifname: (inInterface) => ({ inInterface }),
  oifname: (outInterface) => ({ outInterface }),
  l4proto: (protocol) => ({ protocol, ...(icmpFamily[protocol] && { family: icmpFamily[protocol] }) }),
  "ip saddr": (source) => ({ source, family: 4 }),
  "ip6 saddr": (source) => ({ source, family: 6 }),
  "ip daddr": (destination) => ({ destination, family: 4 }),
  "ip6 daddr": (destination) => ({ destination, family: 6 }),
  "ip protocol": (protocol) => ({ protocol, family: 4 }),
  "ip6 nexthdr": (protocol) => ({ protocol, family: 6 }),
  "ct proto-dst": (port) => ({ forwardedPort: Number(port) }),
  "ct ip saddr": (forwardedTo) => ({ forwardedTo, family: 4 }),
  "ct ip6 saddr": (forwardedTo) => ({ forwardedTo, family: 6 }),
};

const icmpFamily: Readonly<Record<string, Family>> = { icmp: 4, "1": 4, "ipv6-icmp": 6, icmpv6: 6, "58": 6 };

/** Left sides with any number of values. */
const manyOf: Readonly<Record<string, (values: string[]) => Partial<SeenRule>>> = {
  "ct state": (states) => ({ states }),
  "th sport": (sourcePorts) => ({ sourcePorts }),
  "th dport": (destinationPorts) => ({ destinationPorts }),
  ...Object.fromEntries(
    ["tcp", "udp", "sctp"].flatMap((protocol) => [
      [`${protocol} sport`, (sourcePorts: string[]) => ({ protocol, sourcePorts })],
      [`${protocol} dport`, (destinationPorts: string[]) => ({ protocol, destinationPorts })],
    ]),
  ),
};

/** "80", {"set": [80, {"range": [1, 5]}]}, {"prefix": {"addr": …, "len": …}}, ["new", "established"] */
function valuesOf(right: unknown): string[] | undefined {
  if (typeof right === "string" || typeof right === "number") return [String(right)];
  if (Array.isArray(right)) return flattened(right);
  const { set, range, prefix } = (right ?? {}) as { set?: unknown[]; range?: unknown[]; prefix?: Expression };
  if (Array.isArray(set)) return flattened(set);
  if (Array.isArray(range)) return [range.join("-")];
  return prefix ? [`${prefix.addr}/${prefix.len}`] : undefined;
}

function flattened(values: unknown[]): string[] | undefined {
  const all = values.map(valuesOf);
  return all.some((one) => one === undefined) ? undefined : all.flatMap((one) => one ?? []);
}

function stated(expression: Expression): Partial<SeenRule> {
  const [name = ""] = Object.keys(expression);
  if (["accept", "drop", "return"].includes(name)) return { verdict: name as "accept" };
  if (["counter", "log", "comment"].includes(name)) return {};
  const { target, family, addr, port, type = "" } = (expression[name] ?? {}) as Record<string, string | undefined>;
  if (name === "reject") return { verdict: name, ...(icmpFamily[type] && { family: icmpFamily[type] }) };
  if (name === "masquerade") return { verdict: name };
  if ((name === "jump" || name === "goto") && target) return { verdict: { jump: target } };
  if (name !== "dnat" || !addr) return { other: [JSON.stringify(expression)] };
  const dnat = port === undefined ? addr : family === "ip6" ? `[${addr}]:${port}` : `${addr}:${port}`;
  return { verdict: { dnat }, ...(family === "ip" && { family: 4 }), ...(family === "ip6" && { family: 6 }) };
}
