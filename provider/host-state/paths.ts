// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

/** Our paths on a host. They are a contract with every host that has them: never change one without a migration. */

export const stateFolder = "/var/lib/pulumi-kvm";
/** The lock of everybody who changes something on the host. */
export const lockPath = "/run/pulumi-kvm.lock";
/** The list of files that a commit has renamed. It exists only during a commit. */
export const renamed = "/run/pulumi-kvm.renamed";
export const bootFolder = "/etc/pulumi-kvm/boot.d";
export const bootUnit = "pulumi-kvm-boot.service";
export const bootUnitPath = `/etc/systemd/system/${bootUnit}`;
/** The link that makes systemd start the unit at boot. */
export const bootUnitWanted = `/etc/systemd/system/multi-user.target.wants/${bootUnit}`;

/** The unit that runs the boot scripts again when a firewall starts, and the services of such firewalls. */
export const againUnit = "pulumi-kvm-boot-again.service";
export const againUnitPath = `/etc/systemd/system/${againUnit}`;
export const firewallServices = [
  ...["nftables.service", "iptables.service", "ip6tables.service", "netfilter-persistent.service"],
  ...["firewalld.service", "ufw.service"],
];

/** The change of the host's network that waits for its confirmation, and the last one that was rolled back. */
export const changeFolder = `${stateFolder}/change`;
export const failedFolder = `${stateFolder}/change.failed`;

/** The configuration of a NIC as it was before its PublicBridge. It stays until the bridge goes. */
export function nicFolder(nic: string): string {
  return `${stateFolder}/nics/${nic}`;
}

/** The key by which the hypervisor reaches the guests of one owner. The state and the user's machine have no such key. */
export function guestKeyPath(uid: string): string {
  return `${stateFolder}/owners/${uid}.key`;
}
