import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { cached } from "../../tools/cache";
import { checkout } from "../../tools/checkout";
import type { Progress } from "../../tools/progress";
import { makeDebianTree, type Release, stable } from "./debian";
import { emulated } from "./kernelOptions";

/** A Debian cloud image: a qcow2 disk that boots by itself and obeys a NoCloud seed. */
export async function debianImage(progress: Progress, release: Release = stable): Promise<string> {
  const sources = await Promise.all(scripts.map((script) => readFile(join(lab, script), "utf8")));
  const determinedBy = { packages, grub, sources };
  const make = (image: string, progress: Progress) => makeImage(image, release, progress);
  return cached({ name: `debian-${release}-guest`, suffix: ".qcow2", determinedBy, make }, progress);
}

const lab = join(checkout, "test/lab");
const scripts = ["guestTree.sh", "leanBoot.sh", "smallInitrd.sh", "guestInit.sh", "bootableDisk.sh"];

const packages = [
  ...["linux-image-cloud-amd64", "systemd", "systemd-sysv", "dbus", "udev", "cloud-init", "openssh-server"],
  ...["iptables", "iproute2", "iputils-ping", "netcat-openbsd", "curl", "ifupdown", "isc-dhcp-client", "procps"],
  ...["e2fsprogs", "busybox-static", "grub-pc-bin"],
];

// Without self-tests of ciphers, and without mitigations for a processor that is only emulated.
const grub = `serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
set timeout=0
search --label root --set=root
linux /vmlinuz root=LABEL=root console=ttyS0 net.ifnames=0 quiet mitigations=off nokaslr lsm=capability ${emulated}
initrd /boot/initrd.lab
boot
`;

async function makeImage(image: string, release: Release, progress: Progress): Promise<void> {
  const tree = join(dirname(image), "tree");
  await makeDebianTree(tree, release, { variant: "minbase", packages }, progress);
  await execa("sh", [join(lab, "guestTree.sh"), tree, join(lab, "guestInit.sh")]);
  await bootableDisk(tree, image, { size: "2G", grub });
}

/** Makes a disk from a tree with a kernel and the package grub-pc-bin. */
export async function bootableDisk(
  tree: string,
  image: string,
  { size, grub }: { size: string; grub: string },
): Promise<void> {
  await mkdir(join(tree, "boot/grub"), { recursive: true });
  await writeFile(join(tree, "boot/grub/grub.cfg"), grub);
  await execa("sh", [join(lab, "bootableDisk.sh"), tree, image, size]);
}
