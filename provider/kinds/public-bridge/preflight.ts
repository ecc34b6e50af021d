import { networkOf } from "../../core/addresses";
import type { Addressing } from "../../network-change/addressing.fact";
import { addressOf } from "../../network-change/expected-state";
import type { NetworkChange } from "../../network-change/pending-change.fact";
import type { Links } from "../link/links.fact";
import type { Origin, Wishes } from "./backend";
import type { NicConfig } from "./nic-config";
import { isOffNetwork, isOnLink } from "./on-link";
import type { SshServerAddress } from "./ssh-address.fact";

/** Checks before the provider changes anything. Each returns the reason for a refusal or a warning, or undefined. */

/** Refuses a NIC that cannot be a bridge port, or that other links use already. */
export function unsuitableNic(nic: string, links: Links, seen: NicConfig): string | undefined {
  const link = links[nic];
  if (!link) return `there is no ${nic}; there are ${seen.nics.join(", ")}`;
  if (seen.wireless)
    return `${nic} is a Wi-Fi NIC: an access point takes no frames from machines behind it. Use a NIC with a cable, or a routed network`;
  if (link.kind === "bridge") return `${nic} is a bridge itself. Give the NIC that is its port`;
  if (link.master) return `${nic} is a port of ${link.master} already. Take it out of there, or use that one`;
  const above = Object.values(links).find(({ kind, parent }) => parent === nic && /^(mac|ip)v(lan|tap)$/.test(kind));
  if (above) return `${above.name} (${above.kind}) stands on ${nic}, so it can be no bridge's port. Remove that first`;
  return undefined;
}

export function pendingNow({ pending }: NetworkChange): string | undefined {
  if (pending === undefined) return undefined;
  return `a change of the host's network waits for its confirmation (${pending}). If nobody gives it, the host undoes it by itself: run again then`;
}

/** Refuses a host without systemd, because systemd does the rollback. */
export function cannotUndo({ systemd }: NetworkChange): string | undefined {
  return systemd ? undefined : "systemd is not the host's init, so nothing would undo the change if it went wrong";
}

/** Refuses a change after which the address of our own connection would be gone. */
export function cutOff(
  wayIn: SshServerAddress,
  now: Addressing,
  after: readonly string[],
  dhcpStays: boolean,
): string | undefined {
  const ours = now.addresses.find((address) => addressOf(address) === wayIn.address);
  if (!ours || after.some((cidr) => addressOf({ cidr }) === wayIn.address)) return undefined;
  if (ours.dynamic && dhcpStays) return undefined;
  return `it was reached by ${wayIn.address}, which would be gone. Keep that one beside the new one, give the Host the new address, and drop the old one then`;
}

/** Refuses a configuration that cannot work on any host. */
export function unreasonable(wishes: Wishes, addresses: readonly string[], dhcp: boolean): string | undefined {
  if (addresses.length === 0 && !dhcp) return "it would have no address. Give addresses, or dhcp: true";
  const reached = (gateway: string) => isOnLink(gateway, addresses) || isOffNetwork(gateway, addresses);
  const lost = wishes.gateways?.find((gateway) => !reached(gateway) && !(dhcp && !gateway.includes(":")));
  if (lost) return `the gateway ${lost} is in none of ${addresses.map(networkOf).join(", ") || "no networks"}`;
  return undefined;
}

/** Warns when the NIC had a default route of a family and the bridge gets none. */
export function losesGateway({ gateways }: Wishes, origin: Origin): string | undefined {
  if (!gateways) return undefined;
  const lost = origin.ways.filter((family) => !gateways.some((one) => one.includes(":") === (family === 6)));
  if (lost.length === 0) return undefined;
  return `${origin.nic} had a gateway of ${lost.map((family) => `IPv${family}`).join(" and ")}, and the bridge is to have none`;
}
