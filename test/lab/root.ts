import { cached } from "../../tools/cache";
import type { Progress } from "../../tools/progress";
import { type DebianTree, makeDebianTree, type Release } from "./debian";
import { type Variant, type VariantName, variants } from "./variants";

/**
 * The accounts of every hypervisor besides root. They differ in their sudo rights. This hash takes half a millisecond;
 * Debian's own takes 26 ms, and in a test run sudo checks the password before each of a thousand commands.
 */
export const accounts = {
  ops: {},
  clerk: {
    password: "paper, stamp & 'ink'",
    hash: "$5$rounds=1000$clerk$EuQpzrqMIAzPGQSc8aSKwMCfhAXDT68LIgsRCd5h09A",
  },
};

/** The folder with the root file system that all hypervisors of a release and a variant share, read-only. */
export async function hypervisorRoot(release: Release, name: VariantName, progress: Progress): Promise<string> {
  const tree = hypervisorTree(name, release);
  return cached(
    {
      name: `debian-${release}-${name.toLowerCase()}`,
      determinedBy: { tree },
      make: (path, progress) => makeDebianTree(path, release, tree, progress),
    },
    progress,
  );
}

const base = [
  ...["systemd", "systemd-sysv", "dbus", "openssh-server", "sudo", "procps", "curl"],
  ...["iproute2", "iptables", "nftables", "iputils-ping", "dnsmasq-base"],
  ...["qemu-system-x86", "qemu-utils"],
];

/** The packages and units of the root file system, for images that add more. */
export function hypervisorTree(name: VariantName, release: Release): DebianTree {
  const { packages, units = [] }: Variant = variants[name];
  return { variant: "minbase", packages: [...base, ...packages(release)], finish: finish(units) };
}

// Each hypervisor makes its own host keys. The mirror's package lists are not included, because the lab's network
// reaches no mirror.
function finish(units: string[]): string {
  return `set -eu
rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/hostname "$1"/etc/resolv.conf
: >"$1"/etc/machine-id
chroot "$1" sh -c 'getent group kvm || groupadd --system kvm' # udev's package brings it, and not every variant has that
for user in ${Object.keys(accounts).join(" ")}; do chroot "$1" useradd --create-home --shell /bin/bash $user; done
chroot "$1" usermod --password '${accounts.clerk.hash}' clerk
cat >"$1"/etc/sudoers.d/accounts <<'EOF'
ops ALL=(ALL) NOPASSWD: ALL
clerk ALL=(ALL) ALL
EOF
chmod 0440 "$1"/etc/sudoers.d/accounts
for unit in ${units.join(" ")}; do chroot "$1" systemctl enable $unit; done`;
}
