import type { Fact } from "../../core/fact";
import { sh } from "../../core/shell";

/**
 * Packet filter rules of other programs that name a NIC, and the NIC's firewalld zone. A new bridge above the NIC has
 * neither.
 */
export interface NicRules {
  /** As the tools print them, each with its table. Without the rules that exist for the bridge too. */
  rules: readonly string[];
  /** The zones to which firewalld assigns the NIC and the bridge by name. Undefined when firewalld does not run. */
  zones?: { nic: string; bridge: string };
}

/** The limit for the rules of one tool. It is more than a person reads. */
const mostBytes = 65536;

/**
 * Includes rules with a wildcard that matches the NIC's name. Leaves out what firewalld makes from its zones, and rules
 * of ours.
 */
export function nicRulesOf(nic: string, bridge: string): Fact<NicRules> {
  return {
    name: `rules on ${nic}`,
    command: sh`
      somebodys() { grep -vE -- '(^| )-A (PULUMI-KVM-|[A-Z]+_ZONES )|^inet (pulumi_kvm|firewalld) ' | head -c ${mostBytes} || :; }
      for tool in iptables ip6tables iptables-legacy ip6tables-legacy; do
        if command -v "$tool-save" >/dev/null; then
          "$tool-save" 2>/dev/null | awk -v tool="$tool" '
            /^\\*/ { table = substr($0, 2) }
            /^-A .*-[io] / { print tool " -t " table " " $0 }' | somebodys
        fi
      done
      echo @nft
      if command -v nft >/dev/null; then
        nft -s list ruleset 2>/dev/null | awk '
          /^table / { table = $2 " " $3 }
          /^\t(chain|set|map) / { part = $2 }
          /"/ && !/^\t\t(type|devices) / { line = $0; sub(/^[ \t]+/, "", line); print table " " part ": " line }' | somebodys
      fi
      echo @firewalld
      if command -v firewall-cmd >/dev/null && systemctl is-active --quiet firewalld 2>/dev/null; then
        for link in ${[nic, bridge]}; do firewall-cmd --get-zone-of-interface="$link" 2>/dev/null || echo; done
      fi`,
    parse: (output) => {
      const [iptables = "", rest = ""] = output.split(/^@nft$/m);
      const [nft = "", firewalld = ""] = rest.split(/^@firewalld$/m);
      const lines = (text: string) => text.split("\n").filter((line) => line !== "");
      const own = lines(iptables);
      const all = [...own, ...lines(nft)];
      const [ofNic, ofBridge] = firewalld.replace(/^\n/, "").split("\n");
      return {
        rules: [
          ...own.filter((line) => namesInIptables(line, nic)),
          ...lines(nft).filter((line) => namesInNft(line, nic) && !isIptables(line, own)),
        ].filter((line) => !isThereFor(bridge, nic, line, all)),
        ...(ofNic !== undefined && ofBridge !== undefined && { zones: { nic: ofNic, bridge: ofBridge } }),
      };
    },
    afterReboot: { rules: [] },
  };
}

function namesInIptables(line: string, nic: string): boolean {
  return [...line.matchAll(/ -[io] (\S+)/g)].some(([, name = ""]) => covers(name, "+", nic));
}

/**
 * Whether the line has the name in quotes, in a match, a set or a map. Comments are quoted too, so they do not count.
 */
function namesInNft(line: string, nic: string): boolean {
  const said = line.replaceAll(/\b(comment|prefix) "[^"]*"/g, "");
  return [...said.matchAll(/"([^"]*)"/g)].some(([, name = ""]) => covers(name, "*", nic));
}

/**
 * Whether the same rule exists for the bridge, or a set names both. A rule with "not the NIC" cannot have such a twin:
 * every packet would match one of the two.
 */
function isThereFor(bridge: string, nic: string, line: string, all: readonly string[]): boolean {
  const twin = line
    .replaceAll(/( -[io] )(\S+)/g, (said, option, name) => (name === nic ? `${option}${bridge}` : said))
    .replaceAll(`"${nic}"`, `"${bridge}"`);
  const isNegated = [`! -i ${nic} `, `! -o ${nic} `, `!= "${nic}" `].some((match) => `${line} `.includes(match));
  return (twin !== line && !isNegated && all.includes(twin)) || namesInNft(line, bridge);
}

function covers(name: string, wildcard: string, nic: string): boolean {
  return name === nic || (name.endsWith(wildcard) && nic.startsWith(name.slice(0, -1)));
}

/** Whether iptables keeps this rule in nftables. iptables-save has printed it already then. */
function isIptables(line: string, own: readonly string[]): boolean {
  const [, family, table] = /^(ip6?) (\S+) /.exec(line) ?? [];
  const tool = family === "ip6" ? "ip6tables" : "iptables";
  return family !== undefined && own.some((one) => one.startsWith(`${tool} -t ${table} `));
}
