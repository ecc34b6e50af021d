import { sh } from "../../../../core/shell";
import type { LinkRules } from "../../backend";
import { isCovered } from "../../link-name";
import { ownTable } from "./render";

/** Lines like `inet filter input: iifname "eth0" drop`. A name that ends in `*` stands for all links that begin so. */
export const linkRules: LinkRules = {
  print: sh`
    echo @nft
    if command -v nft >/dev/null; then
      nft -s list ruleset 2>/dev/null | awk '
        /^table / { table = $2 " " $3 }
        /^\t(chain|set|map) / { part = $2 }
        /"/ && !/^\t\t(type|devices) / { line = $0; sub(/^[ \t]+/, "", line); print table " " part ": " line }' | somebodys
    fi`,
  ignored: `^inet (${ownTable}|firewalld) `,
  parse: (parts, before) => {
    const lines = (parts.get("nft") ?? "").split("\n");
    return lines.filter((line) => line !== "" && !isOfIptables(line, before));
  },
  names,
  isThereFor: (bridge, nic, rule, all) => {
    const twin = rule.replaceAll(`"${nic}"`, `"${bridge}"`);
    const isNegated = `${rule} `.includes(`!= "${nic}" `);
    return (twin !== rule && !isNegated && all.includes(twin)) || names(rule, bridge);
  },
};

/**
 * Whether the line has the name in quotes, in a match, a set or a map. Comments are quoted too, so they do not count.
 */
function names(rule: string, link: string): boolean {
  const said = rule.replaceAll(/\b(comment|prefix) "[^"]*"/g, "");
  return [...said.matchAll(/"([^"]*)"/g)].some(([, name = ""]) => isCovered(link, name, "*"));
}

/** Whether iptables keeps this rule in nftables. iptables-save has printed it already then. */
function isOfIptables(line: string, before: readonly string[]): boolean {
  const [, family, table] = /^(ip6?) (\S+) /.exec(line) ?? [];
  const tool = family === "ip6" ? "ip6tables" : "iptables";
  return family !== undefined && before.some((one) => one.startsWith(`${tool} -t ${table} `));
}
