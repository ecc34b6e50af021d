import { sh } from "../../../../core/shell";
import type { Names } from "../../backend";

/** The lease file of ISC's DHCP client, which ifupdown starts. It moves with the addresses from device to device. */

/**
 * The lease file has the identity of the client. With it, the new device asks for the old address under the old
 * identity. The client ends without releasing the lease (-x), and ifdown finds no lease to release. Files are only
 * renamed, which needs no disk space. With the new device's name in the lease file, the client asks for the same
 * address at once.
 */
export function keepLease({ nic }: Names, device: string) {
  const [lease, pid] = [leaseOf(device), `/run/dhclient.${device}.pid`];
  return sh`
    if [ -s ${lease} ] && [ ! -e ${keptLease(nic)} ]; then
      if [ -e ${pid} ]; then dhclient -4 -x -pf ${pid} ${device} || :; fi
      mv -f ${lease} ${keptLease(nic)}
    fi`;
}

/** For a boot, when no client runs yet. The lease file may have moved to the other device, or be on its way there. */
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
