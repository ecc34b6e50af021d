import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { Release } from "./debian";
import { type Address, type VariantName, variants } from "./variants";

/** What is a hypervisor's own: the rest of its files are its variant's. */
export interface Seed {
  name: string;
  release: Release;
  variant: VariantName;
  /** Without one it asks the LAN's DHCP server. */
  address?: Address;
  /** Of IPv6. */
  address6?: Address;
  nameserver: string;
  /** Public key of the one who may log in, into every account. */
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

/** The public one. */
export async function hostKeyOf(upper: string): Promise<string> {
  return (await readFile(`${join(upper, hostKeyPath)}.pub`, "utf8")).trim();
}

/**
 * systemd-update-done.service(8): else the first boot brings caches up to date, with units that no later boot has. The
 * files must be newer than /usr, so this comes last.
 */
async function declareUpdated(upper: string): Promise<void> {
  for (const file of ["/etc/.updated", "/var/.updated"]) await writeFile(await place(upper, file), "");
}

function identity({ name, nameserver }: Seed): Record<string, string> {
  return {
    "/etc/hostname": `${name}\n`,
    "/etc/hosts": `127.0.0.1 localhost\n127.0.1.1 ${name}\n`,
    "/etc/machine-id": `${randomBytes(16).toString("hex")}\n`, // or all have one DHCP identity
    "/etc/resolv.conf": `nameserver ${nameserver}\n`,
  };
}

function login({ authorized, release }: Seed): Record<string, string> {
  // Since OpenSSH 9.8 a client that does not log in is kept out for a while: our watch only waits for the greeting.
  const penalties = release < 13 ? [] : ["PerSourcePenalties no"];
  const options = ["AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/authorized_keys", ...penalties];
  return {
    "/etc/ssh/authorized_keys": authorized,
    "/etc/ssh/sshd_config.d/lab.conf": `${options.join("\n")}\n`,
  };
}

// udev would do this on a real machine. Nodes of the container's own: what is done to them is not done to this machine's.
function devices({ kvm }: Seed): string {
  return `z /dev/net/tun 0666 root root\n${kvm ? "c /dev/kvm 0660 root kvm - 10:232\n" : ""}`;
}

// netplan and NetworkManager refuse, or complain about, connections that others may read
async function privateWhereItMustBe(upper: string): Promise<void> {
  for (const folder of ["etc/netplan", "etc/NetworkManager/system-connections"]) {
    await execa("find", [join(upper, folder), "-type", "f", "-exec", "chmod", "600", "{}", "+"], { reject: false });
  }
}

// what overlayfs takes for "deleted in this layer"
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
