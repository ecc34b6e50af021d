// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { byName } from "../../../../core/reply";
import { sh, trusted } from "../../../../core/shell";
import type { FirewallBackend } from "../../backend";
import type { Family, SeenRule } from "../../rule";
import type { Ruleset } from "../../ruleset";
import { applyFunctions } from "./apply";
import { linkRules } from "./link-rules";
import { parseSave } from "./parse";
import { chainPrefix, iptablesLine } from "./render";

/**
 * iptables and ip6tables (iptables(8)), in both variants. Our chains are in the host's own tables and come first there.
 */
export const iptables: FirewallBackend = {
  name: "iptables",
  command: "iptables",
  package: "iptables",
  programs: ["iptables", "ip6tables", "iptables-legacy", "ip6tables-legacy"],
  rulesets: ["iptables filter", "ip6tables filter"],
  render: iptablesLine,
  printOthers: sh`
    for tables in iptables ip6tables; do
      if command -v "$tables-save" >/dev/null; then
        saved=$("$tables-save")
        printf '%s\\n' "$saved" | grep -E '^-A |^:(INPUT|FORWARD|OUTPUT) DROP' | sed 's/.*/other=iptables/' || :
      fi
    done`,
  printOwn: sh`
    for tables in iptables ip6tables; do
      echo "@$tables"
      if command -v "$tables-save" >/dev/null; then
        saved=$("$tables-save")
        printf '%s\\n' "$saved" | grep -E '^\\*|${trusted(chainPrefix)}' || :
      fi
    done`,
  parseOwn: (parts) => [...hooked(parts.get("iptables"), 4), ...hooked(parts.get("ip6tables"), 6)],
  // The tables of iptables-legacy are other ones than those of iptables-nft. So a host may have both.
  printAll: sh`
    for tables in iptables ip6tables; do
      echo "@$tables"
      if command -v "$tables-save" >/dev/null; then "$tables-save"; fi
    done
    legacy() { grep -q . "/proc/net/$1" 2>/dev/null && iptables -V 2>/dev/null | grep -q nf_tables && command -v "$2" >/dev/null; }
    echo @iptables-legacy
    if legacy ip_tables_names iptables-legacy-save; then iptables-legacy-save; fi
    echo @ip6tables-legacy
    if legacy ip6_tables_names ip6tables-legacy-save; then ip6tables-legacy-save; fi`,
  parseAll: (parts) => iptables.programs.flatMap((program) => rulesetsOf(program, parts.get(program))),
  describe: (_chain, { text }) => text,
  applyFunctions,
  apply: sh`
    apply_iptables 4 iptables
    apply_iptables 6 ip6tables`,
  linkRules,
};

/** The rules in our chains. A chain to which no jump leads has no effect, so its rules do not count. */
function hooked(saved = "", family: Family): SeenRule[] {
  return parseSave(saved, family).flatMap(({ rules }) => {
    const reached = rules.map(({ verdict }) => (typeof verdict === "object" && "jump" in verdict ? verdict.jump : ""));
    return rules
      .filter(({ chain }) => chain.startsWith(chainPrefix) && reached.includes(chain))
      .map((rule) => ({ ...rule, chain: rule.chain.slice(chainPrefix.length).toLowerCase() }));
  });
}

function rulesetsOf(program: string, saved = ""): Ruleset[] {
  const family = program.startsWith("ip6") ? 6 : 4;
  return parseSave(saved, family).map(({ name, policies, rules }) => {
    const chains = [...policies].map(([chain, policy]) => {
      const builtIn = policy !== "-" && { hook: chain.toLowerCase(), policy: policy.toLowerCase() };
      return [chain, { ...builtIn, rules: rules.filter((rule) => rule.chain === chain) }] as const;
    });
    return { name: `${program} ${name}`, family, chains: byName(chains) };
  });
}
