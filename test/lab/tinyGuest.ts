import { copyFile, mkdir, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { cached } from "../../tools/cache";
import { checkout } from "../../tools/checkout";
import type { Progress } from "../../tools/progress";
import { makeDebianTree, stable } from "./debian";
import { bootableDisk } from "./guestImage";
import { tinyKernelOptions } from "./kernelOptions";

/** A guest that starts in seconds under emulation. tinyInit.sh says what it does and prints. */
export interface TinyGuest {
  /** For a direct boot, with `console=ttyS0`. */
  kernel: string;
  initrd: string;
  /** The same guest as a disk that boots by itself. */
  disk: string;
}

export async function tinyGuest(progress: Progress): Promise<TinyGuest> {
  const sources = await Promise.all(scripts.map((script) => readFile(join(lab, script), "utf8")));
  const determinedBy = { stable, packages, grub, sources };
  const folder = await cached({ name: "tiny-guest", determinedBy, make }, progress);
  return { kernel: join(folder, "vmlinuz"), initrd: join(folder, "initrd"), disk: join(folder, "disk.qcow2") };
}

const lab = join(checkout, "test/lab");
const scripts = ["tinyInit.sh", "tinyPower.sh", "tinyDhcp.sh", "tinyGuest.sh", "bootableDisk.sh"];
const packages = ["linux-image-cloud-amd64", "busybox-static", "grub-pc-bin"];

const grub = `serial --unit=0 --speed=115200
terminal_output serial
set timeout=0
search --label root --set=root
linux /vmlinuz ${tinyKernelOptions}
initrd /initrd
boot
`;

async function make(folder: string, progress: Progress): Promise<void> {
  const tree = join(dirname(folder), "tree");
  await makeDebianTree(tree, stable, { variant: "extract", packages }, progress);
  await mkdir(folder);
  await execa("sh", [join(lab, "tinyGuest.sh"), tree, folder, lab]);
  await makeDisk(tree, folder);
}

async function makeDisk(tree: string, folder: string): Promise<void> {
  const disk = join(dirname(folder), "disk");
  await mkdir(join(disk, "usr/lib/grub"), { recursive: true });
  await rename(join(tree, "usr/lib/grub/i386-pc"), join(disk, "usr/lib/grub/i386-pc"));
  for (const file of ["vmlinuz", "initrd"]) await copyFile(join(folder, file), join(disk, file));
  await bootableDisk(disk, join(folder, "disk.qcow2"), { size: "64M", grub });
}
