import { byName } from "../../../../core/reply";
import { sh, trusted } from "../../../../core/shell";
import type { FirewallBackend } from "../../backend";
import type { Match, SeenRule } from "../../rule";
import type { FilterChain, Ruleset } from "../../ruleset";
import { applyFunctions } from "./apply";
import { linkRules } from "./link-rules";
import { type NftChain, parseNft } from "./parse";
import { nftablesLine, ownTable } from "./render";

/** nftables (nft(8)). Our chains are in a table of our own. */
export const nftables: FirewallBackend = {
  name: "nftables",
  command: "nft",
  package: "nftables",
  programs: ["nft"],
  rulesets: [`nft inet ${ownTable}`],
  render: nftablesLine,
  // iptables-nft keeps its rules in tables with these names.
  printOthers: sh`
    if command -v nft >/dev/null; then
      tables=$(nft list tables)
      printf '%s\\n' "$tables" | grep '^table' | grep -vE '^table ip6? (filter|nat|mangle|raw|security)$' |
        sed 's/.*/other=nftables/' || :
    fi`,
  printOwn: sh`
    echo "@nft"
    if command -v nft >/dev/null; then
      tables=$(nft list tables inet)
      case "$tables" in *"table inet ${trusted(ownTable)}"*) nft -j list table inet ${trusted(ownTable)} ;; esac
    fi`,
  parseOwn: (parts) => parseNft(parts.get("nft") ?? "").flatMap(({ rules }) => rules),
  printAll: sh`
    echo @nft
    if command -v nft >/dev/null; then nft -j -t list ruleset; fi`,
  parseAll: (parts, before) => {
    const chains = parseNft(parts.get("nft") ?? "");
    return rulesetsOf(chains.filter((chain) => !isOfIptables(chain, before)));
  },
  describe: (chain, rule) => `${chain}: ${inWords(rule)}`,
  applyFunctions,
  apply: sh`apply_nftables`,
  linkRules,
};

function rulesetsOf(chains: readonly NftChain[]): Ruleset[] {
  const found = new Map<string, Ruleset & { chains: Record<string, FilterChain> }>();
  for (const { family, table, name, hook, policy, rules } of chains) {
    if (!["ip", "ip6", "inet"].includes(family)) continue;
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

/** Whether it is a built-in chain that iptables keeps in nftables, and that iptables-save has printed already. */
function isOfIptables({ family, table, name }: NftChain, before: readonly Ruleset[]): boolean {
  const program = new Map([
    ["ip", "iptables"],
    ["ip6", "ip6tables"],
  ]).get(family);
  return /^[A-Z]+$/.test(name) && before.some((ruleset) => ruleset.name === `${program} ${table}`);
}

/** A rule in readable form, because nft prints only JSON here. */
function inWords(rule: SeenRule): string {
  const { inInterface, outInterface, source, destination, protocol, states, verdict }: Match & Partial<SeenRule> = rule;
  const parts = [
    inInterface && `iifname ${inInterface}`,
    outInterface && `oifname ${outInterface}`,
    source && `saddr ${source}`,
    destination && `daddr ${destination}`,
    protocol && `protocol ${protocol}`,
    states && `state ${states.join(",")}`,
    typeof verdict === "string" && verdict,
  ];
  return parts.filter((part) => part).join(" ");
}
