import type { Fact } from "../../core/fact";
import { sh } from "../../core/shell";

/** Somebody's packet filter rules that name a NIC, and the zone that firewalld has it in: a bridge above it has none. */
export interface NicRules {
  /** As the tools print them, each with its table; without those that are there for the bridge too. */
  rules: readonly string[];
  /** The zones by which firewalld knows the NIC and the bridge by name; undefined where it does not run. */
  zones?: { nic: string; bridge: string };
}

/** Enough to be read by a person. */
const mostBytes = 65536;

/** Also a wildcard that the NIC's name begins with; not what firewalld makes of its zones, nor rules of ours. */
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
    nothing: { rules: [] },
  };
}

function namesInIptables(line: string, nic: string): boolean {
  return [...line.matchAll(/ -[io] (\S+)/g)].some(([, name = ""]) => covers(name, "+", nic));
}

/** A name in quotes, wherever it stands: in a match, a set, a map. Comments are quoted too. */
function namesInNft(line: string, nic: string): boolean {
  const said = line.replaceAll(/\b(comment|prefix) "[^"]*"/g, "");
  return [...said.matchAll(/"([^"]*)"/g)].some(([, name = ""]) => covers(name, "*", nic));
}

/** The same rule for the bridge, or a set with both. One that is not for the NIC has no twin: two would be for nobody. */
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

/** What iptables keeps in nftables was read already, in its own words. */
function isIptables(line: string, own: readonly string[]): boolean {
  const [, family, table] = /^(ip6?) (\S+) /.exec(line) ?? [];
  const tool = family === "ip6" ? "ip6tables" : "iptables";
  return family !== undefined && own.some((one) => one.startsWith(`${tool} -t ${table} `));
}
