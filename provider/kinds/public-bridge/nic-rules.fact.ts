import type { Fact } from "../../core/fact";
import { sectionsOf } from "../../core/reply";
import { lines, sh } from "../../core/shell";
import { firewallBackends } from "../firewall/backends";

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
 * Includes rules with a wildcard that matches the NIC's name. Leaves out the rules that firewalld makes from its zones,
 * and our own rules.
 */
export function nicRulesOf(nic: string, bridge: string): Fact<NicRules> {
  return {
    name: `rules on ${nic}`,
    command: lines(
      sh`somebodys() { grep -vE -- ${ignored} | head -c ${mostBytes} || :; }`,
      ...firewallBackends.map(({ linkRules }) => linkRules.print),
      sh`
        echo @firewalld
        if command -v firewall-cmd >/dev/null && systemctl is-active --quiet firewalld 2>/dev/null; then
          for link in ${[nic, bridge]}; do firewall-cmd --get-zone-of-interface="$link" 2>/dev/null || echo; done
        fi`,
    ),
    parse: (output) => {
      const parts = sectionsOf(output);
      const [ofNic, ofBridge] = (parts.get("firewalld") ?? "").replace(/^\n/, "").split("\n");
      return {
        rules: rulesNaming(nic, bridge, parts),
        ...(ofNic !== undefined && ofBridge !== undefined && { zones: { nic: ofNic, bridge: ofBridge } }),
      };
    },
    afterReboot: { rules: [] },
  };
}

const ignored = firewallBackends.map(({ linkRules }) => linkRules.ignored).join("|");

/** The rules that name the NIC and do not exist for the bridge. */
function rulesNaming(nic: string, bridge: string, parts: ReadonlyMap<string, string>): string[] {
  const before: string[] = [];
  return firewallBackends.flatMap(({ linkRules: { parse, names, isThereFor } }) => {
    const all = parse(parts, before);
    before.push(...all);
    return all.filter((rule) => names(rule, nic) && !isThereFor(bridge, nic, rule, all));
  });
}
