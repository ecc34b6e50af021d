import type { Backend } from "./backend.fact";
import type { BridgeNetfilter } from "./bridge-netfilter.fact";
import { ownTable } from "./nftables/render";
import type { PacketFilter } from "./packet-filter.fact";
import type { Family, Match, SeenRule } from "./rule";
import { type Obstacle, obstacleTo, type Packet, possibly } from "./traverse";

/** What of somebody else's drops packets that we want to pass, said with the very rule. No accept of ours can help. */

/**
 * Why guests on one bridge cannot talk: with br_netfilter also frames between a bridge's ports go through the packet
 * filter's forward chain.
 * @param bridge its name, when it is known
 * @param instead what else helps, where that is more than the setting itself
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
    return `IPv${family} between guests ${where} is dropped: ${describe(obstacle, facts.packetFilter)}, and the host filters bridged frames too (br_netfilter). ${remedy(obstacle, facts.packetFilter, ports)}, or ${instead ?? `set ${key} to 0`}`;
  }
  return undefined;
}

/**
 * What drops packets although we accept them: an accept is none for another table. In the host's own iptables tables
 * our chain comes first, so those are no obstacle to a rule of ours that stands there.
 */
export function droppedBy(packet: Packet, filter: PacketFilter, backend: Backend): string | undefined {
  const ours = backend === "iptables" ? ["iptables filter", "ip6tables filter"] : [`nft inet ${ownTable}`];
  const others = filter.filter(({ name }) => !ours.includes(name));
  const obstacle = obstacleTo(packet, others);
  return obstacle && `${describe(obstacle, filter)}. ${remedy(obstacle, filter, packet)}`;
}

/**
 * What drops packets that are to be forwarded. Of such a packet some is known only, so it is said when no rule may let
 * it pass.
 */
export function notForwarded(packet: Omit<Packet, "hook">, filter: PacketFilter): string | undefined {
  const obstacle = obstacleTo({ ...packet, hook: "forward" }, filter, possibly);
  if (!obstacle) return undefined;
  const isBehindOurs = ["iptables filter", "ip6tables filter"].includes(obstacle.ruleset);
  const help = isBehindOurs ? 'Accept it with a FirewallRule, chain: "forward"' : remedy(obstacle, filter, packet);
  return `${describe(obstacle, filter)}. ${help}`;
}

function describe({ ruleset, chain, rule }: Obstacle, filter: PacketFilter): string {
  const owner = ownerOf(ruleset, filter);
  const whose = owner ? ` (${owner}'s)` : "";
  if (!rule) return `${ruleset} ${chain} has the policy DROP${whose}`;
  return `${ruleset}${whose} has the rule ${ruleset.startsWith("nft") ? `${chain}: ${inWords(rule)}` : rule.text}`;
}

/** Who is known by the names of its chains and tables. */
function ownerOf(ruleset: string, filter: PacketFilter): "Docker" | "ufw" | "firewalld" | undefined {
  if (ruleset.includes("firewalld")) return "firewalld";
  const chains = Object.keys(filter.find(({ name }) => name === ruleset)?.chains ?? {});
  if (chains.some((name) => name.startsWith("ufw"))) return "ufw";
  return chains.some((name) => name.startsWith("DOCKER")) ? "Docker" : undefined;
}

function remedy({ ruleset, chain }: Obstacle, filter: PacketFilter, packet: Partial<Packet>): string {
  const owner = ownerOf(ruleset, filter);
  if (packet.hook === "input" && (owner === "ufw" || owner === "firewalld")) return ofPort(owner, packet);
  if (owner === "firewalld") return ofZone(packet.inInterface);
  const link = packet.inInterface ?? "INTERFACE";
  if (owner === "ufw") return `Allow it there: ufw route allow in on ${link}`;
  if (owner === "Docker") return `Allow it in its chain DOCKER-USER: iptables -I DOCKER-USER -i ${link} -j ACCEPT`;
  return `Allow it in ${ruleset} ${chain}`;
}

/** firewalld asks for the zone that a packet comes in by. What is permanent there holds from its next reload on. */
function ofZone(link: string | undefined): string {
  if (link === undefined)
    return "Allow it there: a policy of firewalld from the zone that it comes in by (docs/troubleshooting.md has the commands)";
  return `Allow it there: firewall-cmd --permanent --zone=trusted --change-interface=${link}; firewall-cmd --reload (that opens the host's own ports to ${link} too; docs/troubleshooting.md has a narrower way)`;
}

/** What is for the host itself is a matter of a port. */
function ofPort(owner: "ufw" | "firewalld", { protocol = "PROTOCOL", destinationPorts = [] }: Partial<Packet>): string {
  const opened = `${destinationPorts.length === 1 ? destinationPorts[0] : "PORT"}/${protocol}`;
  if (owner === "ufw") return `Allow it there: ufw allow ${opened}`;
  return `Allow it there, in the zone that it comes in by: firewall-cmd --permanent --zone=ZONE --add-port=${opened}; firewall-cmd --reload`;
}

/** A rule for the reader, because the JSON of nft is none. */
function inWords(rule: SeenRule): string {
  const { inInterface, outInterface, source, destination, protocol, states, verdict }: Match & Partial<SeenRule> = rule;
  const parts = [
    inInterface && `iifname ${inInterface}`,
    outInterface && `oifname ${outInterface}`,
    source && `saddr ${source}`,
    destination && `daddr ${destination}`,
    protocol && `protocol ${protocol}`,
    states && `state ${states.join(",")}`,
    typeof verdict === "string" && verdict,
  ];
  return parts.filter((part) => part).join(" ");
}
