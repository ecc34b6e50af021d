import type { Fact } from "../../core/fact";
import { sh, trusted } from "../../core/shell";
import type { Backend } from "./backend.fact";
import { parseSave } from "./iptables/parse";
import { chainPrefix } from "./iptables/render";
import { parseNft } from "./nftables/parse";
import { ownTable } from "./nftables/render";
import type { SeenRule } from "./rule";

/** The rules in pulumi-kvm's chains, of all stacks. Rules in an iptables chain to which no jump leads are left out. */
export type OwnRules = readonly (SeenRule & { backend: Backend })[];

/** The chain names are those of Rule: "forward". */
export const ownRules: Fact<OwnRules> = {
  name: "rules of ours",
  command: sh`
    for tables in iptables ip6tables; do
      echo "@$tables"
      if command -v "$tables-save" >/dev/null; then
        saved=$("$tables-save")
        printf '%s\\n' "$saved" | grep -E '^\\*|${trusted(chainPrefix)}' || :
      fi
    done
    echo "@nft"
    if command -v nft >/dev/null; then
      tables=$(nft list tables inet)
      case "$tables" in *"table inet ${trusted(ownTable)}"*) nft -j list table inet ${trusted(ownTable)} ;; esac
    fi`,
  parse: (output) => {
    const [, v4 = "", v6 = "", nft = ""] = output.split(/^@(?:iptables|ip6tables|nft)$/m);
    const found = parseNft(nft).flatMap(({ rules }) =>
      rules.map((rule) => ({ ...rule, backend: "nftables" as const })),
    );
    return [...hooked(v4, 4), ...hooked(v6, 6), ...found];
  },
  afterReboot: [],
};

function hooked(saved: string, family: 4 | 6) {
  return parseSave(saved, family).flatMap(({ rules }) => {
    const reached = rules.map(({ verdict }) => (typeof verdict === "object" && "jump" in verdict ? verdict.jump : ""));
    return rules
      .filter(({ chain }) => chain.startsWith(chainPrefix) && reached.includes(chain))
      .map((rule) => ({
        ...rule,
        chain: rule.chain.slice(chainPrefix.length).toLowerCase(),
        backend: "iptables" as const,
      }));
  });
}
