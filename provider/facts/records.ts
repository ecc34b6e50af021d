import { sh } from "../shell";
import type { Fact } from "./fact";
import { byName } from "./reply";

/** Where we keep what belongs to a host: manifests, shared counts, boot scripts. Path to SHA-256. */
export type Records = Readonly<Record<string, string>>;

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

export const records: Fact<Records> = {
  name: "records",
  command: sh`
    find ${stateFolder}/owners ${stateFolder}/objects ${stateFolder}/shared ${bootFolder} ${bootUnitPath} ${bootUnitWanted} ${againUnitPath} \
      '(' -type f -o -type l ')' -exec sha256sum {} + 2>/dev/null || true`,
  parse: (output) =>
    byName(
      output
        .split("\n")
        .map((line) => /^([0-9a-f]{64}) [ *](\/.*)$/.exec(line))
        .filter((match) => match !== null)
        .map(([, hash = "", path = ""]) => [path, hash]),
    ),
};
