import { type FirewallBackendName, firewallBackend, firewallBackendOf } from "./backends";
import type { BridgeNetfilter } from "./bridge-netfilter.fact";
import type { PacketFilter } from "./packet-filter.fact";
import type { Family } from "./rule";
import { type Obstacle, obstacleTo, type Packet, possibly } from "./traverse";

/** Finds rules of other programs that drop packets which we want to pass. The text names the rule and a remedy. */

/**
 * Why guests on one bridge cannot reach each other: with br_netfilter, frames between the ports of a bridge also pass
 * the forward chain of the packet filter.
 * @param bridge the name of the bridge, when it is known
 * @param instead a remedy that the text gives in place of the sysctl setting
 */
export function inTheWay(
  facts: { bridgeNetfilter: BridgeNetfilter; packetFilter: PacketFilter },
  bridge?: string,
  instead?: string,
): string | undefined {
  const { v4, v6 } = facts.bridgeNetfilter;
  const families: Family[] = [...(v4 ? [4 as const] : []), ...(v6 ? [6 as const] : [])];
  const ports = bridge === undefined ? {} : { inInterface: bridge, outInterface: bridge };
  for (const family of families) {
    const obstacle = obstacleTo({ hook: "forward", family, ...ports }, facts.packetFilter);
    if (!obstacle) continue;
    const key = `net.bridge.bridge-nf-call-${family === 4 ? "iptables" : "ip6tables"}`;
    const where = bridge === undefined ? "on a bridge" : `on ${bridge}`;
    return `IPv${family} between guests ${where} is dropped by ${describe(obstacle, facts.packetFilter)}, and the host filters bridged packets too (br_netfilter). ${remedy(obstacle, facts.packetFilter, ports)}, or ${instead ?? `set ${key} to 0`}`;
  }
  return undefined;
}

/**
 * Finds the rule that drops packets which our rule accepts. An accept in one table does not affect another table.
 * When our rule is in iptables, the host's own filter tables are not an obstacle, because our chain comes first there.
 * @param backend the backend of our rule, if the host has one
 */
export function droppedBy(
  packet: Packet,
  filter: PacketFilter,
  backend: FirewallBackendName | undefined,
): string | undefined {
  const ours = backend === undefined ? [] : firewallBackend(backend).rulesets;
  const others = filter.filter(({ name }) => !ours.includes(name));
  const obstacle = obstacleTo(packet, others);
  return obstacle && `${describe(obstacle, filter)}. ${remedy(obstacle, filter, packet)}`;
}

/**
 * Finds what drops packets that the host should forward. We know such a packet only in part, so this reports a drop
 * only when no accept may match it.
 */
export function notForwarded(packet: Omit<Packet, "hook">, filter: PacketFilter): string | undefined {
  const obstacle = obstacleTo({ ...packet, hook: "forward" }, filter, possibly);
  if (!obstacle) return undefined;
  const isBehindOurs = firewallBackendOf(obstacle.ruleset)?.rulesets.includes(obstacle.ruleset);
  const help = isBehindOurs ? 'Accept it with a FirewallRule, chain: "forward"' : remedy(obstacle, filter, packet);
  return `${describe(obstacle, filter)}. ${help}`;
}

function describe({ ruleset, chain, rule }: Obstacle, filter: PacketFilter): string {
  const program = programOf(ruleset, filter);
  const whose = program ? ` (${program})` : "";
  if (!rule) return `the policy DROP of ${ruleset} ${chain}${whose}`;
  return `the rule ${firewallBackendOf(ruleset)?.describe(chain, rule) ?? rule.text} of ${ruleset}${whose}`;
}

/** The program that made a table, as the names of tables and chains show it. */
function programOf(ruleset: string, filter: PacketFilter): "Docker" | "ufw" | "firewalld" | undefined {
  if (ruleset.includes("firewalld")) return "firewalld";
  const chains = Object.keys(filter.find(({ name }) => name === ruleset)?.chains ?? {});
  if (chains.some((name) => name.startsWith("ufw"))) return "ufw";
  return chains.some((name) => name.startsWith("DOCKER")) ? "Docker" : undefined;
}

function remedy({ ruleset, chain }: Obstacle, filter: PacketFilter, packet: Partial<Packet>): string {
  const program = programOf(ruleset, filter);
  if (packet.hook === "input" && (program === "ufw" || program === "firewalld")) return ofPort(program, packet);
  if (program === "firewalld") return ofZone(packet.inInterface);
  const link = packet.inInterface ?? "INTERFACE";
  if (program === "ufw") return `Allow it in ufw: ufw route allow in on ${link}`;
  if (program === "Docker") return `Allow it in the chain DOCKER-USER: iptables -I DOCKER-USER -i ${link} -j ACCEPT`;
  return `Allow it in ${ruleset} ${chain}`;
}

/**
 * firewalld decides by the zone of the interface by which a packet comes in. A permanent setting applies from the next
 * reload.
 */
function ofZone(link: string | undefined): string {
  if (link === undefined)
    return "Allow it in firewalld: a policy from the zone of the incoming interface (docs/troubleshooting.md has the commands)";
  return `Allow it in firewalld: firewall-cmd --permanent --zone=trusted --change-interface=${link}; firewall-cmd --reload (that opens the host's own ports to ${link} too; docs/troubleshooting.md has a narrower way)`;
}

/** For packets to the host itself, the remedy is to open a port. */
function ofPort(
  program: "ufw" | "firewalld",
  { protocol = "PROTOCOL", destinationPorts = [] }: Partial<Packet>,
): string {
  const opened = `${destinationPorts.length === 1 ? destinationPorts[0] : "PORT"}/${protocol}`;
  if (program === "ufw") return `Allow it in ufw: ufw allow ${opened}`;
  return `Allow it in firewalld, in the zone of the incoming interface: firewall-cmd --permanent --zone=ZONE --add-port=${opened}; firewall-cmd --reload`;
}
