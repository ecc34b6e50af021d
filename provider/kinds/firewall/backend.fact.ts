import type { Fact } from "../../core/fact";
import { byName, linesOf, tagged } from "../../core/reply";
import { indented, lines, sh, trusted } from "../../core/shell";
import { stateFolder } from "../../host-state/paths";
import { type FirewallBackendName, firewallBackendNames, firewallBackends, isFirewallBackend } from "./backends";

/** The folder with one file of rules for each resource. */
export const ruleFolder = `${stateFolder}/shared/firewall`;

/** The tools that filter packets on this host, and the backend of our rules. It survives a reboot. */
export interface Firewall {
  /** The tools that are installed. */
  tools: FirewallBackendName[];
  /** The backend of each resource, by `Kind.name.uid`. A resource keeps it, unless the user asks for another. */
  used: Readonly<Record<string, FirewallBackendName>>;
  /** The backends that hold rules of other programs. Only filled while we have no rule on the host. */
  others: FirewallBackendName[];
}

export const firewall: Fact<Firewall> = {
  name: "firewall",
  command: sh`
    ${lines(...firewallBackends.map(({ name, command }) => sh`command -v ${command} >/dev/null && echo ${trusted(`tool=${name}`)} || :`))}
    used=$(grep -sHom1 '^[a-z]*' ${ruleFolder}/*-* || :)
    if [ -n "$used" ]; then
      printf '%s\\n' "$used" | sed 's/^/used=/'
    else
      ${indented(lines(...firewallBackends.map(({ printOthers }) => printOthers)), 2)}
    fi`,
  parse: (output) => {
    const lines = linesOf(output);
    const used = tagged(lines, "used=").map((line) => {
      const [path = "", backend = ""] = line.split(":");
      return [path.replace(/^.*\/\d+-/, ""), backend] as const;
    });
    const others = [...new Set(tagged(lines, "other="))].filter(isFirewallBackend);
    const known = used.filter((entry): entry is readonly [string, FirewallBackendName] => isFirewallBackend(entry[1]));
    return { tools: tagged(lines, "tool=").filter(isFirewallBackend), used: byName(known), others };
  },
};

/**
 * Chooses the backend of a resource, in this order: the one that the user asks for, the one that the resource uses
 * already, the one of our other rules, the one of the host's own rules, the first that is installed.
 */
export function backendOf(
  resource: string,
  asked: FirewallBackendName | undefined,
  { tools, used, others }: Firewall,
): FirewallBackendName | undefined {
  const wishes = [asked, used[resource], ...Object.values(used).sort(), ...others.sort(), ...firewallBackendNames];
  return wishes.find((backend) => backend !== undefined && (backend === asked || tools.includes(backend)));
}
