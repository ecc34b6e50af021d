import type { Problem } from "../../core/problem";
import type { Origin } from "./backend";
import { networkBackend } from "./backends";
import { publicBridgeErrors, publicBridgeWarnings } from "./errors";
import type { Situation, Want } from "./situation";

/**
 * Packet filter rules that name the NIC. A packet that comes in by a bridge port has the bridge as its interface, so
 * the rules do not match it.
 */

/**
 * Refuses while there are such rules. They belong to others and may keep a port closed, so only the user can decide
 * about them.
 */
export function unsettledRules(want: Want, { nicRules }: Situation): Problem | undefined {
  if (want.rulesOnNic || nicRules.rules.length === 0) return undefined;
  const remedy = `Add ${want.name} next to ${want.nic} where these rules are made, or give rulesOnNic: "keep" if they may lose their effect`;
  return publicBridgeErrors.rulesOnNic(`${theirs(want, nicRules.rules)}\n${remedy}`);
}

export function deadRules(want: Want, { nicRules }: Situation): Problem<"warning"> | undefined {
  return nicRules.rules.length > 0 ? publicBridgeWarnings.deadRules(theirs(want, nicRules.rules)) : undefined;
}

/**
 * Refuses when firewalld has the NIC and the bridge in different zones. Not when the network backend gives the bridge the
 * zone by itself.
 */
export function unzoned({ nic, name }: Want, { backend }: Origin, { nicRules }: Situation): Problem | undefined {
  const { zones } = nicRules;
  if (!zones || zones.nic === zones.bridge || networkBackend(backend).setsZone) return undefined;
  const zone = zones.nic || "$(firewall-cmd --get-default-zone)";
  const add = `--zone=${zone} --change-interface=${name}`;
  return publicBridgeErrors.otherZone(
    `firewalld has ${nic} in ${inWords(zones.nic)}, but ${name} in ${inWords(zones.bridge)}. Give the bridge the same zone first: firewall-cmd ${add}; firewall-cmd --permanent ${add}`,
  );
}

function inWords(zone: string): string {
  return zone === "" ? "its default zone" : `the zone ${zone}`;
}

function theirs({ nic, name }: Want, rules: readonly string[]): string {
  const shown = rules.slice(0, mostShown);
  const more = rules.length > shown.length ? [`  and ${rules.length - shown.length} more`] : [];
  const list = [...shown.map((rule) => `  ${rule}`), ...more].join("\n");
  return `packet filter rules name ${nic}, and have no effect while it is a port of ${name}:\n${list}`;
}

const mostShown = 40;
