import { sh } from "../../../../core/shell";
import type { LinkRules } from "../../backend";
import { isCovered } from "../../link-name";
import { chainPrefix } from "./render";

/** Lines like `iptables -t filter -A INPUT -i eth0 -j DROP`. A name that ends in `+` stands for all links that begin so. */
export const linkRules: LinkRules = {
  print: sh`
    for tool in iptables ip6tables iptables-legacy ip6tables-legacy; do
      if command -v "$tool-save" >/dev/null; then
        "$tool-save" 2>/dev/null | awk -v tool="$tool" '
          /^\\*/ { table = substr($0, 2) }
          /^-A .*-[io] / { print tool " -t " table " " $0 }' | somebodys
      fi
    done`,
  ignored: `(^| )-A (${chainPrefix}|[A-Z]+_ZONES )`,
  // They come first, so they need no line before them.
  parse: (parts) => (parts.get("") ?? "").split("\n").filter((line) => line !== ""),
  names: (rule, link) => [...rule.matchAll(/ -[io] (\S+)/g)].some(([, name = ""]) => isCovered(link, name, "+")),
  isThereFor: (bridge, nic, rule, all) => {
    const twin = rule.replaceAll(/( -[io] )(\S+)/g, (said, option, name) => (name === nic ? option + bridge : said));
    const isNegated = [`! -i ${nic} `, `! -o ${nic} `].some((match) => `${rule} `.includes(match));
    return twin !== rule && !isNegated && all.includes(twin);
  },
};
