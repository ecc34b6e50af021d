import type { Fact } from "../../core/fact";
import { byName } from "../../core/reply";
import { sh } from "../../core/shell";
import { parseSave } from "./iptables/parse";
import { parseNft } from "./nftables/parse";
import type { SeenRule } from "./rule";

/** All packet filter rules of a host, from any program, as far as SeenRule can express them. */
export type PacketFilter = readonly Ruleset[];

/** A table: chains that can jump to each other. */
export interface Ruleset {
  /** The tool and its name for the table: "iptables filter", "nft inet filter". */
  name: string;
  /** Undefined means both families. */
  family?: 4 | 6;
  chains: Readonly<Record<string, FilterChain>>;
}

export interface FilterChain {
  /** The hook at which packets enter the chain: "forward". Absent when only jumps lead to it. */
  hook?: string;
  /** "accept", "drop" */
  policy?: string;
  rules: readonly SeenRule[];
}

export const packetFilter: Fact<PacketFilter> = {
  name: "packet filter",
  isStatic: true,
  command: sh`
    for tables in iptables ip6tables; do
      echo "@$tables"
      if command -v "$tables-save" >/dev/null; then "$tables-save"; fi
    done
    legacy() { grep -q . "/proc/net/$1" 2>/dev/null && iptables -V 2>/dev/null | grep -q nf_tables && command -v "$2" >/dev/null; }
    echo @iptables-legacy
    if legacy ip_tables_names iptables-legacy-save; then iptables-legacy-save; fi
    echo @ip6tables-legacy
    if legacy ip6_tables_names ip6tables-legacy-save; then ip6tables-legacy-save; fi
    echo @nft
    if command -v nft >/dev/null; then nft -j -t list ruleset; fi`,
  parse: (output) => {
    const parts = output.split(/^@(\S+)$/m).slice(1);
    const part = (name: string) => parts[parts.indexOf(name) + 1] ?? "";
    const saved = ["iptables", "ip6tables", "iptables-legacy", "ip6tables-legacy"].flatMap((tool) =>
      rulesetsOf(tool, part(tool)),
    );
    return [...saved, ...nftRulesets(part("nft"), saved)];
  },
  afterReboot: [],
};

function rulesetsOf(tool: string, saved: string): Ruleset[] {
  const family = tool.startsWith("ip6") ? 6 : 4;
  return parseSave(saved, family).map(({ name, policies, rules }) => {
    const chains = [...policies].map(([chain, policy]) => {
      const builtIn = policy !== "-" && { hook: chain.toLowerCase(), policy: policy.toLowerCase() };
      return [chain, { ...builtIn, rules: rules.filter((rule) => rule.chain === chain) }] as const;
    });
    return { name: `${tool} ${name}`, family, chains: byName(chains) };
  });
}

/** Leaves out the built-in chains that iptables keeps in nftables, because iptables-save printed them already. */
function nftRulesets(json: string, saved: readonly Ruleset[]): Ruleset[] {
  const names = new Map([
    ["ip", "iptables"],
    ["ip6", "ip6tables"],
  ]);
  const found = new Map<string, Ruleset & { chains: Record<string, FilterChain> }>();
  for (const { family, table, name, hook, policy, rules } of parseNft(json)) {
    const isBuiltIn = /^[A-Z]+$/.test(name) && saved.some((s) => s.name === `${names.get(family)} ${table}`);
    if (isBuiltIn || !["ip", "ip6", "inet"].includes(family)) continue;
    const ruleset = found.get(`${family} ${table}`) ?? {
      name: `nft ${family} ${table}`,
      ...(family !== "inet" && { family: family === "ip" ? (4 as const) : (6 as const) }),
      chains: byName<FilterChain>([]),
    };
    ruleset.chains[name] = { ...(hook && { hook }), ...(policy && { policy }), rules };
    found.set(`${family} ${table}`, ruleset);
  }
  return [...found.values()];
}
