// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, type Sh, sh } from "../../core/shell";
import { changeFolder } from "../../host-state/paths";
import { withDetection, withoutDetection } from "../../network-change/address-detection";
import type { Addressing, DeviceRoute, SeenAddress } from "../../network-change/addressing.fact";
import type { Names } from "./backend";

/**
 * Gives a device its addresses and routes without the network manager. This is the last resort when the network manager
 * does not do it.
 */
export function giveBack(device: string, { addresses, routes }: Addressing): Sh {
  return lines(
    sh`ip link set dev ${device} up`,
    withoutOthers(device, addresses),
    ...addresses.map((address) => sh`ip address replace ${words(address)} dev ${device}`),
    ...[...routes].sort((a, b) => Number("gateway" in a) - Number("gateway" in b)).map((route) => put(route, device)),
  );
}

/** Takes the NIC out of the bridge and deletes the bridge. Works from any state of a change that stopped half way. */
export function formNic({ nic, bridge }: Names): Sh {
  return lines(
    sh`ip link set dev ${nic} nomaster up`,
    sh`if [ -e /sys/class/net/${bridge} ]; then ip link delete dev ${bridge}; fi`,
  );
}

export function formBridge(names: Names): Sh {
  return lines(makeBridge(names), joinLinks(names));
}

/**
 * Joins the links only when the bridge exists. networkd 257 gives up a bridge that others made, and makes an absent
 * bridge by itself.
 */
export function formIfThere(names: Names): Sh {
  return sh`if [ -e /sys/class/net/${names.bridge} ]; then ${joinLinks(names)}; fi`;
}

function joinLinks({ nic, bridge }: Names): Sh {
  return lines(
    sh`ip address flush dev ${nic} scope global`,
    sh`ip link set dev ${nic} master ${bridge} up`,
    sh`ip link set dev ${bridge} up`,
  );
}

/**
 * Makes the bridge before the network manager does, without duplicate address detection. So its addresses are usable at
 * once.
 */
export function makeBridge({ bridge, macAddress }: Names): Sh {
  return lines(
    sh`
      if ! [ -e /sys/class/net/${bridge} ]; then
        ip link add name ${bridge} address ${macAddress} type bridge stp_state 0 forward_delay 0
      fi`,
    withoutDetection(bridge),
  );
}

/**
 * For a network manager that makes the bridge by itself when `start` tells it to. Links that appear meanwhile, also the
 * bridge, start without duplicate address detection. Links that appear later have it again.
 */
export function letBackendMake({ bridge }: Names, start: Sh): Sh {
  return lines(
    sh`if [ -e /sys/class/net/${bridge} ]; then ${withoutDetection(bridge)}; else ${withoutDetection("default")}; fi`,
    start,
    sh`
      tries=0
      until [ -e /sys/class/net/${bridge} ] || [ $tries -gt 100 ]; do tries=$((tries + 1)); sleep 0.05; done`,
    withDetection(changeFolder, ["default"]),
  );
}

/**
 * Without duplicate address detection (nodad), because the host had the address a moment ago. A label begins with the
 * name of its device.
 */
function words(address: SeenAddress): string[] {
  const { cidr, validSeconds, preferredSeconds, broadcast, label, flags = [] } = address;
  const lifetime =
    validSeconds === undefined ? [] : ["valid_lft", `${validSeconds}`, "preferred_lft", `${preferredSeconds}`];
  return [
    ...printed(address).split(" "),
    ...(broadcast === undefined ? [] : ["broadcast", broadcast]),
    ...(label === undefined ? [] : ["label", label]),
    ...lifetime,
    ...flags,
    ...(cidr.includes(":") ? ["nodad"] : []),
  ];
}

/** The form that `ip address` prints and accepts. */
function printed({ cidr, peer }: SeenAddress): string {
  const [address, prefix] = cidr.split("/");
  return peer === undefined ? cidr : `${address} peer ${peer}/${prefix}`;
}

/**
 * Removes permanent addresses that a half-done change left on the device. An address from a server expires by itself.
 */
function withoutOthers(device: string, addresses: readonly SeenAddress[]): Sh {
  const kept = addresses.map(printed).join("\n");
  return sh`
    ip -oneline address show dev ${device} scope global permanent |
      sed 's/.* inet6* \\([^ ]*\\( peer [^ ]*\\)*\\) .*/\\1/' |
      while read -r address; do
        printf '%s\n' ${kept} | grep -qxF "$address" || ip address delete $address dev ${device}
      done`;
}

function put(
  { family, destination, gateway, source, table, metric, protocol, onlink, expiresSeconds }: DeviceRoute,
  device: string,
): Sh {
  const how = [
    ...(gateway === undefined ? [] : ["via", gateway]),
    ...["dev", device, "table", `${table}`, "protocol", `${protocol}`],
    ...(metric === 0 ? [] : ["metric", `${metric}`]),
    ...(source === undefined ? [] : ["src", source]),
    ...(onlink ? ["onlink"] : []),
    ...(expiresSeconds === undefined ? [] : ["expires", `${expiresSeconds}`]),
  ];
  return sh`ip -${family} route replace ${destination} ${how}`;
}
