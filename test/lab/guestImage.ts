import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { cached } from "../../tools/cache";
import { checkout } from "../../tools/checkout";
import type { Progress } from "../../tools/progress";
import { makeDebianTree, type Release, stable } from "./debian";

/** A Debian cloud image: a qcow2 disk that boots by itself and does what a NoCloud seed says. */
export async function debianImage(progress: Progress, release: Release = stable): Promise<string> {
  const determinedBy = { packages, finish, grub };
  const make = (image: string, progress: Progress) => makeImage(image, release, progress);
  return cached({ name: `debian-${release}-guest`, suffix: ".qcow2", determinedBy, make }, progress);
}

const packages = [
  ...["linux-image-cloud-amd64", "systemd", "systemd-sysv", "dbus", "udev", "cloud-init", "openssh-server"],
  ...["iptables", "iproute2", "iputils-ping", "netcat-openbsd", "curl", "ifupdown", "isc-dhcp-client", "procps"],
  "grub-pc-bin",
];

// Under emulation a boot is minutes of computing on a busy machine. What follows takes a fifth off it: one kind of host
// key, an initrd with the drivers of a QEMU guest only, no modules for packages and languages, and no timers.
// Without an fstab the root stays read-only, and cloud-init fails.
const finish = `set -eu
echo 'LABEL=root / ext4 errors=remount-ro 0 1' >"$1"/etc/fstab
cat >"$1"/etc/cloud/cloud.cfg.d/10_lab.cfg <<'EOF'
datasource_list: [NoCloud, None]
ssh_genkeytypes: [ed25519]
cloud_config_modules: [set-passwords, ntp, timezone, runcmd]
cloud_final_modules: [write-files-deferred, scripts-per-once, scripts-per-boot, scripts-per-instance, scripts-user,
  ssh-authkey-fingerprints, keys-to-console, final-message, power-state-change]
EOF
echo MODULES=list >"$1"/etc/initramfs-tools/conf.d/lab
printf '%s\\n' virtio_pci virtio_blk ext4 >>"$1"/etc/initramfs-tools/modules
chroot "$1" update-initramfs -u
units="$1"/etc/systemd/system
rm -r "$units"/timers.target.wants "$units"/getty.target.wants/getty@tty1.service
rm -f "$units"/multi-user.target.wants/e2scrub_reap.service "$units"/sysinit.target.wants/systemd-pstore.service`;

const grub = `serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
set timeout=0
search --label root --set=root
linux /vmlinuz root=LABEL=root console=ttyS0 net.ifnames=0 quiet
initrd /initrd.img
boot
`;

async function makeImage(image: string, release: Release, progress: Progress): Promise<void> {
  const tree = join(dirname(image), "tree");
  await makeDebianTree(tree, release, { variant: "minbase", packages, finish }, progress);
  await bootableDisk(tree, image, { size: "2G", grub });
}

/** A disk from a tree that has a kernel and the package grub-pc-bin. */
export async function bootableDisk(
  tree: string,
  image: string,
  { size, grub }: { size: string; grub: string },
): Promise<void> {
  await mkdir(join(tree, "boot/grub"), { recursive: true });
  await writeFile(join(tree, "boot/grub/grub.cfg"), grub);
  await execa("sh", [join(checkout, "test/lab/bootableDisk.sh"), tree, image, size]);
}
