import { z } from "zod";
import { printableLine } from "../../../../core/printable";
import { json, line } from "../../../../core/reply";
import { canonicalMatch, type Family, type SeenRule } from "../../rule";

/**
 * Parses the output of `nft -j` (libnftables-json(5)). An unknown part of a rule goes into `other` and is not an error,
 * because the rules of other programs may have any shape.
 */

/** A chain. Packets enter a chain that has a hook (a base chain). */
export interface NftChain {
  family: string;
  table: string;
  name: string;
  hook?: string | undefined;
  policy?: string | undefined;
  rules: SeenRule[];
}

const rawChain = z.object({
  family: line,
  table: line,
  name: line,
  hook: line.optional(),
  policy: line.optional(),
});
const rawRule = z.object({
  family: line,
  table: line,
  chain: line,
  comment: line.optional(),
  expr: z.array(z.unknown()).optional(),
});
const ruleset = z.object({
  nftables: z.array(z.object({ chain: rawChain.optional(), rule: rawRule.optional() })),
});

export function parseNft(output: string): NftChain[] {
  const { nftables } = json(output, ruleset, '{"nftables":[]}');
  const chains = nftables.flatMap(({ chain }) => (chain ? [{ ...chain, rules: [] as SeenRule[] }] : []));
  for (const { rule } of nftables) {
    if (!rule) continue;
    const chain = chains.find((c) => c.family === rule.family && c.table === rule.table && c.name === rule.chain);
    chain?.rules.push(parseRule(rule));
  }
  return chains;
}

function parseRule({ family, table, chain, comment = "", expr = [] }: z.infer<typeof rawRule>): SeenRule {
  const text = `nft ${family} ${table} ${chain}: ${expr.map((e) => JSON.stringify(e)).join(" ")}`;
  const own: Partial<SeenRule> = family === "ip" ? { family: 4 } : family === "ip6" ? { family: 6 } : {};
  let rule: SeenRule = { ...own, chain, comment, other: [], text };
  for (const expression of expr) {
    const match = matchExpression.safeParse(expression);
    const found = match.success ? matched(match.data.match) : stated(expression);
    rule = { ...rule, ...found, other: [...rule.other, ...(found.other ?? [])] };
  }
  return canonicalMatch(rule);
}

/** The known shapes of a left side. Any other shape becomes undefined. */
const side = z.object({
  meta: z.object({ key: line }).optional().catch(undefined),
  payload: z.object({ protocol: line, field: line }).optional().catch(undefined),
  ct: z.object({ key: line }).optional().catch(undefined),
  fib: z.object({ result: line }).optional().catch(undefined),
});
const matchExpression = z.object({ match: z.object({ op: z.string(), left: z.unknown(), right: z.unknown() }) });

function matched({ op, left, right }: z.infer<typeof matchExpression>["match"]): Partial<SeenRule> {
  const values = valuesOf(right);
  const unknown = { other: [JSON.stringify({ op, left, right })] };
  const { meta, payload, ct, fib } = side.safeParse(left).data ?? {};
  const [one = ""] = values ?? [];
  if (op === "!=" && payload?.field === "daddr" && values?.length === 1)
    return { notDestination: one, family: payload.protocol === "ip" ? 4 : 6 };
  if (!["==", "in"].includes(op) || values === undefined) return unknown;
  const key = meta?.key ?? (payload && `${payload.protocol} ${payload.field}`) ?? (ct && `ct ${ct.key}`) ?? "";
  if (fib && fib.result === "type" && one === "local") return { toHost: true };
  if (key === "ct status" && one === "dnat") return { states: ["dnat"] };
  const several = manyOf.get(key);
  if (several) return several(values);
  const single = values.length === 1 ? oneOf.get(key) : undefined;
  return single ? single(one) : unknown;
}

/** Left sides with one value. */
const oneOf = byKey<(value: string) => Partial<SeenRule>>({
  nfproto: (value) =>
    value === "ipv4" ? { family: 4 } : value === "ipv6" ? { family: 6 } : { other: [`nfproto ${value}`] },
  iifname: (inInterface) => ({ inInterface }),
  oifname: (outInterface) => ({ outInterface }),
  l4proto: (protocol) => ({ protocol, ...impliedFamily(protocol) }),
  "ip saddr": (source) => ({ source, family: 4 }),
  "ip6 saddr": (source) => ({ source, family: 6 }),
  "ip daddr": (destination) => ({ destination, family: 4 }),
  "ip6 daddr": (destination) => ({ destination, family: 6 }),
  "ip protocol": (protocol) => ({ protocol, family: 4 }),
  "ip6 nexthdr": (protocol) => ({ protocol, family: 6 }),
  "ct proto-dst": (port) => ({ forwardedPort: Number(port) }),
  "ct ip saddr": (forwardedTo) => ({ forwardedTo, family: 4 }),
  "ct ip6 saddr": (forwardedTo) => ({ forwardedTo, family: 6 }),
});

const icmpFamily = byKey<Family>({ icmp: 4, "1": 4, "ipv6-icmp": 6, icmpv6: 6, "58": 6 });

function impliedFamily(protocol: string): { family?: Family } {
  const family = icmpFamily.get(protocol);
  return family === undefined ? {} : { family };
}

/** Left sides with any number of values. */
const manyOf = byKey<(values: string[]) => Partial<SeenRule>>({
  "ct state": (states) => ({ states }),
  "th sport": (sourcePorts) => ({ sourcePorts }),
  "th dport": (destinationPorts) => ({ destinationPorts }),
  ...Object.fromEntries(
    ["tcp", "udp", "sctp"].flatMap((protocol) => [
      [`${protocol} sport`, (sourcePorts: string[]) => ({ protocol, sourcePorts })],
      [`${protocol} dport`, (destinationPorts: string[]) => ({ protocol, destinationPorts })],
    ]),
  ),
});

/** A Map, because the keys to look up come from the host. An object would also find "constructor". */
function byKey<T>(table: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(table));
}

/** "80", {"set": [80, {"range": [1, 5]}]}, {"prefix": {"addr": …, "len": …}}, ["new", "established"] */
function valuesOf(right: unknown): string[] | undefined {
  if (typeof right === "string" || typeof right === "number") return [printableLine(String(right))];
  if (Array.isArray(right)) return flattened(right);
  const { set, range, prefix } = composed.safeParse(right).data ?? {};
  if (set) return flattened(set);
  if (range) return [printableLine(range.join("-"))];
  return prefix && [`${prefix.addr}/${prefix.len}`];
}

const scalar = z.union([z.string(), z.number()]);
const composed = z.object({
  set: z.array(z.unknown()).optional(),
  range: z.array(scalar).optional(),
  prefix: z.object({ addr: line, len: z.number() }).optional(),
});

function flattened(values: unknown[]): string[] | undefined {
  const all = values.map(valuesOf);
  return all.some((one) => one === undefined) ? undefined : all.flatMap((one) => one ?? []);
}

const statement = z.record(z.string(), z.unknown());
const details = z.object({
  target: line.optional(),
  family: line.optional(),
  addr: line.optional(),
  port: scalar.optional(),
  type: line.optional(),
});

function stated(expression: unknown): Partial<SeenRule> {
  const said = statement.safeParse(expression).data ?? {};
  const [name = ""] = Object.keys(said);
  if (["accept", "drop", "return"].includes(name)) return { verdict: name as "accept" };
  if (["counter", "log", "comment"].includes(name)) return {};
  const { target, family, addr, port, type = "" } = details.safeParse(said[name]).data ?? {};
  if (name === "reject") return { verdict: name, ...impliedFamily(type) };
  if (name === "masquerade") return { verdict: name };
  if ((name === "jump" || name === "goto") && target) return { verdict: { jump: target } };
  if (name !== "dnat" || !addr) return { other: [JSON.stringify(expression)] };
  const dnat = port === undefined ? addr : family === "ip6" ? `[${addr}]:${port}` : `${addr}:${port}`;
  return { verdict: { dnat }, ...(family === "ip" && { family: 4 }), ...(family === "ip6" && { family: 6 }) };
}
