import { sh } from "../../../../core/shell";
import type { Names } from "../../backend";

/** What ISC's DHCP client, which ifupdown starts, knows of a lease: it goes with the addresses from device to device. */

/**
 * The client's identity stands in its lease file: with it the new device asks for the old address, under the old name.
 * The client ends without giving the lease back (-x), and finds none that it could give back on ifdown. Names alone are
 * moved, which needs no room; the device's name in it helps to ask for that very address at once.
 */
export function keepLease({ nic }: Names, device: string) {
  const [lease, pid] = [leaseOf(device), `/run/dhclient.${device}.pid`];
  return sh`
    if [ -s ${lease} ] && [ ! -e ${keptLease(nic)} ]; then
      if [ -e ${pid} ]; then dhclient -4 -x -pf ${pid} ${device} || :; fi
      mv -f ${lease} ${keptLease(nic)}
    fi`;
}

/** No client runs yet. What it had was perhaps on the way to the other device, or there already. */
export function moveLease({ nic, bridge }: Names, device: string) {
  const other = leaseOf(device === nic ? bridge : nic);
  return sh`if [ -s ${other} ] && [ ! -s ${leaseOf(device)} ]; then mv -f ${other} ${keptLease(nic)}; fi`;
}

export function useLease({ nic }: Names, device: string) {
  return sh`
    if [ -e ${keptLease(nic)} ]; then
      sed -i ${`s/interface "[^"]*"/interface "${device}"/`} ${keptLease(nic)} || :
      mv -f ${keptLease(nic)} ${leaseOf(device)}
    fi`;
}

export const leaseOf = (device: string) => `/var/lib/dhcp/dhclient.${device}.leases`;
const keptLease = (nic: string) => `/var/lib/dhcp/pulumi-kvm.${nic}.leases`;
