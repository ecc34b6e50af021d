import ipaddr from "ipaddr.js";
import type { Problem } from "../../core/problem";
import type { Addressing, SeenAddress } from "../../network-change/addressing.fact";
import { addressOf } from "../../network-change/expected-state";
import { publicBridgeErrors } from "./errors";
import type { SshServerAddress } from "./ssh-address.fact";

/** Addresses that a host makes by itself from router advertisements (RFC 4862), and which of them move to a bridge. */

interface Devices {
  onNic: Addressing;
  onBridge: Addressing;
}

/**
 * Addresses of the bridge stay. Of the NIC's addresses, the bridge makes those again that contain the MAC (EUI-64),
 * because it has the same MAC.
 */
export function staysAdvertised({ onNic, onBridge }: Devices, macAddress: string): string[] {
  const ofNic = onNic.addresses.filter((one) => isOfMac(one, macAddress));
  return [...ofNic, ...onBridge.addresses].filter(isAdvertised).map(addressOf);
}

/**
 * Why our own connection would be lost: it uses an advertised address without the MAC. The host made that from the
 * NIC's name or at random (RFC 7217, RFC 8981), so the bridge would make another one.
 */
export function losesAdvertised(
  { address }: SshServerAddress,
  { onNic }: Devices,
  macAddress: string,
): Problem | undefined {
  const ours = onNic.addresses.find((one) => addressOf(one) === address);
  if (!ours || !isAdvertised(ours) || isOfMac(ours, macAddress)) return undefined;
  return publicBridgeErrors.losesConnection(
    `this would remove ${address}, the address Pulumi is connected through: the host derives it from the NIC's name or at random (privacy, stable-privacy), so the bridge gets another one. Connect through an address that is fixed or derived from the MAC`,
  );
}

/** An address from a DHCPv6 server is different: it has the prefix length 128. */
function isAdvertised({ cidr, dynamic }: SeenAddress): boolean {
  return dynamic && cidr.includes(":") && !cidr.endsWith("/128");
}

/** EUI-64: ff:fe between the two halves of the MAC, and the universal/local bit inverted. */
function isOfMac({ cidr }: SeenAddress, macAddress: string): boolean {
  const [first = 0, ...rest] = macAddress.split(":").map((byte) => Number.parseInt(byte, 16));
  const identifier = [first ^ 2, ...rest.slice(0, 2), 0xff, 0xfe, ...rest.slice(2)];
  const bytes = ipaddr.parse(addressOf({ cidr })).toByteArray().slice(8);
  return bytes.length === 8 && bytes.every((byte, i) => byte === identifier[i]);
}
