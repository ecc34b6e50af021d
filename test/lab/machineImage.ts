import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { cached } from "../../tools/cache";
import { checkout } from "../../tools/checkout";
import type { Progress } from "../../tools/progress";
import { makeDebianTree, stable } from "./debian";
import { hypervisorTree } from "./root";

/**
 * The files that QEMU boots for a hypervisor with its own kernel. All such hypervisors share them and do not change
 * them.
 */
export interface MachineImage {
  /** It has `vmlinuz`, and `disk.raw` with an ext4 file system. */
  folder: string;
  initrd: string;
}

export async function machineImage(progress: Progress): Promise<MachineImage> {
  const sources = await Promise.all(scripts.map((script) => readFile(join(lab, script), "utf8")));
  const folder = await cached({ name: `debian-${stable}-machine`, determinedBy: { tree, sources }, make }, progress);
  return { folder, initrd: join(folder, "initrd") };
}

const lab = join(checkout, "test/lab");
const scripts = ["machineTree.sh", "leanBoot.sh", "smallInitrd.sh", "guestInit.sh"];

// Besides the packages of a hypervisor: other programs that change the packet filter.
const more = [
  ...["linux-image-cloud-amd64", "busybox-static", "udev", "kmod", "e2fsprogs", "qemu-guest-agent"],
  ...["docker.io", "docker-cli", "ufw", "firewalld"],
];

const hypervisor = hypervisorTree("ifupdown", stable);
/** Without QEMU, because emulation inside emulation is too slow. */
const packages = hypervisor.packages.filter((name) => name !== "qemu-system-x86");
const tree = { ...hypervisor, packages: [...packages, ...more] };

async function make(folder: string, progress: Progress): Promise<void> {
  const root = join(dirname(folder), "tree");
  await makeDebianTree(root, stable, tree, progress);
  await mkdir(folder);
  await execa("sh", [join(lab, "machineTree.sh"), root, folder]);
}
