/** Where we keep what belongs to a host, and what runs it at boot. Stored on hosts: no path may ever become another. */

export const stateFolder = "/var/lib/pulumi-kvm";
/** Held by whoever changes something. */
export const lockPath = "/run/pulumi-kvm.lock";
/** The files that a commit has renamed. It is there only while a commit is at work. */
export const renamed = "/run/pulumi-kvm.renamed";
export const bootFolder = "/etc/pulumi-kvm/boot.d";
export const bootUnit = "pulumi-kvm-boot.service";
export const bootUnitPath = `/etc/systemd/system/${bootUnit}`;
/** What makes systemd start it at boot. */
export const bootUnitWanted = `/etc/systemd/system/multi-user.target.wants/${bootUnit}`;

/** What runs it again when a firewall's service has started, and the services that have it so. */
export const againUnit = "pulumi-kvm-boot-again.service";
export const againUnitPath = `/etc/systemd/system/${againUnit}`;
export const firewallServices = [
  ...["nftables.service", "iptables.service", "ip6tables.service", "netfilter-persistent.service"],
  ...["firewalld.service", "ufw.service"],
];

/** Where the change of the host's own network is that waits for its confirmation, and the last one that was undone. */
export const changeFolder = `${stateFolder}/change`;
export const failedFolder = `${stateFolder}/change.failed`;

/** What was found of a NIC when it was taken over. It stays until it is given back. */
export function nicFolder(nic: string): string {
  return `${stateFolder}/nics/${nic}`;
}

/** The hypervisor's own key for the guests of one owner: so no credential is in the state, or on anybody's laptop. */
export function guestKeyPath(uid: string): string {
  return `${stateFolder}/owners/${uid}.key`;
}
