import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { lock } from "../../tools/lock";
import { type Progress, step } from "../../tools/progress";

/** Programs that the lab runs on this machine, and the Debian packages that have them. */
const needed: Record<string, string> = {
  "systemd-nspawn": "systemd-container",
  mmdebstrap: "mmdebstrap",
  "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
  "qemu-img": "qemu-utils",
  sfdisk: "fdisk",
  "grub-mkimage": "grub-common",
  mke2fs: "e2fsprogs",
  dnsmasq: "dnsmasq-base",
  ip: "iproute2",
  nsenter: "util-linux",
  "ssh-keygen": "openssh-client",
  sshd: "openssh-server",
  sudo: "sudo",
  cpio: "cpio",
};

/** Installs missing packages, or throws with their names. Prints nothing when none is missing. */
export async function ensurePackages(progress: Progress): Promise<void> {
  if (missing().length === 0) return;
  if (process.getuid?.() !== 0) throw new Error(`The lab needs root, and ${installation(missing())}`);
  if (!onPath("apt-get")) throw new Error(`The lab needs Debian's packages ${missing().join(", ")}`);
  const held = await lock("packages", () => progress("Another run is installing packages, waiting"));
  try {
    const packages = missing();
    if (packages.length > 0) await step(progress, `Installing ${packages.join(", ")}`, () => install(packages));
  } finally {
    await held.release();
  }
}

function missing(): string[] {
  const absent = Object.entries(needed).filter(([file]) => !(file.startsWith("/") ? existsSync(file) : onPath(file)));
  return [...new Set(absent.map(([, name]) => name))];
}

async function install(packages: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const patient = ["-o", "DPkg::Lock::Timeout=300"];
  const install = () =>
    execa("apt-get", ["install", "-y", "--no-install-recommends", ...patient, ...packages], { env });
  try {
    await install();
  } catch {
    await execa("apt-get", ["update", ...patient], { env }); // the package lists are absent, or older than the mirror
    await install();
  }
}

const installation = (packages: string[]) => `these packages: apt-get install ${packages.join(" ")}`;

function onPath(program: string): boolean {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => existsSync(join(folder, program)));
}
