import type { Origin } from "./backend";
import { networkBackend } from "./backends";
import type { Situation, Want } from "./situation";

/**
 * Packet filter rules that name the NIC. A packet that comes in by a bridge port has the bridge as its interface, so
 * the rules do not match it.
 */

/**
 * Refuses while there are such rules. They belong to others and may keep a port closed, so only the user can decide
 * about them.
 */
export function unsettledRules(want: Want, { nicRules }: Situation): string | undefined {
  if (want.rulesOnNic || nicRules.rules.length === 0) return undefined;
  return `${theirs(want, nicRules.rules)}\nPut ${want.name} beside ${want.nic} there, where these rules are made, or give rulesOnNic: "keep" if they may go dead`;
}

export function deadRules(want: Want, { nicRules }: Situation): string | undefined {
  return nicRules.rules.length > 0 ? theirs(want, nicRules.rules) : undefined;
}

/**
 * Refuses when firewalld has the NIC and the bridge in different zones. Not when the network backend gives the bridge the
 * zone by itself.
 */
export function unzoned({ nic, name }: Want, { backend }: Origin, { nicRules }: Situation): string | undefined {
  const { zones } = nicRules;
  if (!zones || zones.nic === zones.bridge || networkBackend(backend).setsZone) return undefined;
  const zone = zones.nic || "$(firewall-cmd --get-default-zone)";
  const add = `--zone=${zone} --change-interface=${name}`;
  return `firewalld has ${nic} in the zone ${zones.nic || "that is its default"}, and ${name} in ${zones.bridge || "its default one"}. Give the bridge the same zone first: firewall-cmd ${add}; firewall-cmd --permanent ${add}`;
}

function theirs({ nic, name }: Want, rules: readonly string[]): string {
  const shown = rules.slice(0, mostShown);
  const more = rules.length > shown.length ? [`  and ${rules.length - shown.length} more`] : [];
  const list = [...shown.map((rule) => `  ${rule}`), ...more].join("\n");
  return `rules of the packet filter name ${nic}, and match nothing while it is the port of ${name}:\n${list}`;
}

const mostShown = 40;
