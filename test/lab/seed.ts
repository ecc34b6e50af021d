import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { Release } from "./debian";
import { type Address, type VariantName, variants } from "./variants";

/** The files that differ between hypervisors. All other files come from the variant. */
export interface Seed {
  name: string;
  release: Release;
  variant: VariantName;
  /** A static address. Without it, the hypervisor uses the LAN's DHCP server. */
  address?: Address;
  /** A static IPv6 address. */
  address6?: Address;
  nameserver: string;
  /** The public key that may log in to every account. */
  authorized: string;
  qemu: boolean;
  kvm: boolean;
}

/** Writes the upper layer of a hypervisor's root. */
export async function writeSeed(upper: string, seed: Seed): Promise<void> {
  const files = { ...identity(seed), ...login(seed), ...variants[seed.variant].configure(seed.address, seed.address6) };
  for (const [file, text] of Object.entries(files)) await writeFile(await place(upper, file), text);
  await privateWhereItMustBe(upper);
  await writeFile(await place(upper, "/etc/tmpfiles.d/lab.conf"), devices(seed));
  if (!seed.qemu) await hide(upper, ["/usr/bin/qemu-system-x86_64", "/usr/bin/qemu-system-i386"]);
  await makeHostKey(upper);
  await declareUpdated(upper);
}

/** The public host key. */
export async function hostKeyOf(upper: string): Promise<string> {
  return (await readFile(`${join(upper, hostKeyPath)}.pub`, "utf8")).trim();
}

/**
 * See systemd-update-done.service(8). Without these files, the first boot updates caches, with units that no later boot
 * has. The files must be newer than /usr, so this step comes last.
 */
async function declareUpdated(upper: string): Promise<void> {
  for (const file of ["/etc/.updated", "/var/.updated"]) await writeFile(await place(upper, file), "");
}

function identity({ name, nameserver }: Seed): Record<string, string> {
  return {
    "/etc/hostname": `${name}\n`,
    "/etc/hosts": `127.0.0.1 localhost\n127.0.1.1 ${name}\n`,
    "/etc/machine-id": `${randomBytes(16).toString("hex")}\n`, // or all hypervisors have the same DHCP identity
    "/etc/resolv.conf": `nameserver ${nameserver}\n`,
  };
}

function login({ authorized, release }: Seed): Record<string, string> {
  // Since OpenSSH 9.8, sshd blocks a client that does not log in for a while. Our watch only waits for the greeting.
  const penalties = release < 13 ? [] : ["PerSourcePenalties no"];
  const options = ["AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/authorized_keys", ...penalties];
  return {
    "/etc/ssh/authorized_keys": authorized,
    "/etc/ssh/sshd_config.d/lab.conf": `${options.join("\n")}\n`,
  };
}

// On a real machine, udev does this. The device nodes belong to the container, so changes to them do not affect this
// machine.
function devices({ kvm }: Seed): string {
  return `z /dev/net/tun 0666 root root\n${kvm ? "c /dev/kvm 0660 root kvm - 10:232\n" : ""}`;
}

// netplan and NetworkManager refuse, or complain about, connection files that other users can read.
async function privateWhereItMustBe(upper: string): Promise<void> {
  for (const folder of ["etc/netplan", "etc/NetworkManager/system-connections"]) {
    await execa("find", [join(upper, folder), "-type", "f", "-exec", "chmod", "600", "{}", "+"], { reject: false });
  }
}

// overlayfs takes such a node for "deleted in this layer".
async function hide(upper: string, files: string[]): Promise<void> {
  for (const file of files) await execa("mknod", [await place(upper, file), "c", "0", "0"]);
}

const hostKeyPath = "/etc/ssh/ssh_host_ed25519_key";

async function makeHostKey(upper: string): Promise<void> {
  const file = await place(upper, hostKeyPath);
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file]);
  await chmod(file, 0o600);
}

async function place(upper: string, file: string): Promise<string> {
  const path = join(upper, file);
  await mkdir(dirname(path), { recursive: true });
  return path;
}
