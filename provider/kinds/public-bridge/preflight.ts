import { networkOf } from "../../core/addresses";
import type { Problem } from "../../core/problem";
import type { Addressing } from "../../network-change/addressing.fact";
import { addressOf } from "../../network-change/expected-state";
import type { NetworkChange } from "../../network-change/pending-change.fact";
import type { Links } from "../link/links.fact";
import type { Origin, Wishes } from "./backend";
import { publicBridgeErrors, publicBridgeWarnings } from "./errors";
import type { NicConfig } from "./nic-config";
import { isOffNetwork, isOnLink } from "./on-link";
import type { SshServerAddress } from "./ssh-address.fact";

/** Checks before the provider changes anything. Each returns the problem, or undefined. */

/** Refuses a NIC that cannot be a bridge port, or that other links use already. */
export function unsuitableNic(nic: string, links: Links, seen: NicConfig): Problem | undefined {
  const link = links[nic];
  const { noNic, unsuitableNic } = publicBridgeErrors;
  if (!link) return noNic(`the NIC ${nic} does not exist. The host has ${seen.nics.join(", ")}`);
  if (seen.wireless)
    return unsuitableNic(
      `${nic} is a Wi-Fi NIC, and an access point does not accept packets from guests behind it. Use a wired NIC, or a routed network`,
    );
  if (link.kind === "bridge") return unsuitableNic(`${nic} is a bridge. Give a NIC that can be its port`);
  if (link.master)
    return unsuitableNic(`${nic} is already a port of ${link.master}. Remove it from there, or use ${link.master}`);
  const above = Object.values(links).find(({ kind, parent }) => parent === nic && /^(mac|ip)v(lan|tap)$/.test(kind));
  if (above)
    return unsuitableNic(`${nic} cannot be a port: ${above.name} (${above.kind}) uses it. Remove ${above.name} first`);
  return undefined;
}

export function pendingNow({ pending }: NetworkChange): Problem | undefined {
  if (pending === undefined) return undefined;
  return publicBridgeErrors.pending(
    `another change of the host's network waits for its confirmation (${pending}). Without one, the host rolls it back. Run again then`,
  );
}

/** Refuses a host without systemd, because systemd does the rollback. */
export function cannotUndo({ systemd }: NetworkChange): Problem | undefined {
  if (systemd) return undefined;
  return publicBridgeErrors.noSystemd(
    "the host does not run systemd, which rolls a failed change back. Make the bridge by hand",
  );
}

/** Refuses a change after which the address of our own connection would be gone. */
export function cutOff(
  wayIn: SshServerAddress,
  now: Addressing,
  after: readonly string[],
  dhcpStays: boolean,
): Problem | undefined {
  const ours = now.addresses.find((address) => addressOf(address) === wayIn.address);
  if (!ours || after.some((cidr) => addressOf({ cidr }) === wayIn.address)) return undefined;
  if (ours.dynamic && dhcpStays) return undefined;
  return publicBridgeErrors.losesConnection(
    `this would remove ${wayIn.address}, the address Pulumi is connected through. Keep it next to the new address, change the Host's address, and remove it in a later update`,
  );
}

/** Refuses a configuration that cannot work on any host. */
export function unreasonable(wishes: Wishes, addresses: readonly string[], dhcp: boolean): Problem | undefined {
  const { noAddress, gatewayOutside } = publicBridgeErrors;
  if (addresses.length === 0 && !dhcp)
    return noAddress("the bridge would not have an address. Give addresses, or dhcp: true");
  const reached = (gateway: string) => isOnLink(gateway, addresses) || isOffNetwork(gateway, addresses);
  const lost = wishes.gateways?.find((gateway) => !reached(gateway) && !(dhcp && !gateway.includes(":")));
  if (!lost) return undefined;
  const networks = addresses.map(networkOf).join(", ") || "none";
  return gatewayOutside(`the gateway ${lost} is outside the networks of the bridge (${networks}). Correct one of them`);
}

/** Warns when the NIC had a default route of a family and the bridge gets none. */
export function losesGateway({ gateways }: Wishes, origin: Origin): Problem<"warning"> | undefined {
  if (!gateways) return undefined;
  const lost = origin.ways.filter((family) => !gateways.some((one) => one.includes(":") === (family === 6)));
  if (lost.length === 0) return undefined;
  const families = lost.map((family) => `IPv${family}`).join(" and ");
  return publicBridgeWarnings.losesGateway(`${origin.nic} has a gateway for ${families}, but the bridge gets none`);
}
