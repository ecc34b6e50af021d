import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { silent } from "../../tools/progress.js";
import type { Hypervisor } from "../lab/hypervisor.js";
import { type Lab, startLab } from "../lab/lab.js";
import { tinyGuest } from "../lab/tinyGuest.js";
import type { OldStack } from "./programs.js";

/**
 * The data of a host that are in a state, so that another machine can take its place. The keys are of throwaway hosts.
 */
export interface Identity {
  machineId: string;
  hostKey: { private: string; public: string };
  /** The MAC address of its NIC. A public bridge has it in its files. */
  macAddress: string;
}

/** A lab with the addresses that recorded hosts have in their files. */
export function recordedLab(): Promise<Lab> {
  return startLab({ slot: 240 });
}

/** A hypervisor with the files that the programs name, and with the identity of a recorded one. */
export function recordedTower(lab: Lab, { tower }: OldStack, identity?: Identity): Promise<Hypervisor> {
  return lab.hypervisor("tower", {
    ...tower,
    prepare: async (upper) => {
      await placeFiles(upper);
      if (identity) await takeIdentity(upper, identity);
    },
  });
}

async function placeFiles(upper: string): Promise<void> {
  const { kernel, initrd } = await tinyGuest(silent);
  await mkdir(join(upper, "srv"), { recursive: true });
  await copyFile(kernel, join(upper, "srv/vmlinuz"));
  await copyFile(initrd, join(upper, "srv/initrd"));
  await writeFile(join(upper, "srv/small.raw"), Buffer.alloc(1024 * 1024, "pulumi-kvm"));
}

async function takeIdentity(upper: string, { machineId, hostKey, macAddress }: Identity): Promise<void> {
  await writeFile(join(upper, "etc/machine-id"), `${machineId}\n`);
  await writeFile(join(upper, "etc/ssh/ssh_host_ed25519_key"), hostKey.private, { mode: 0o600 });
  await writeFile(join(upper, "etc/ssh/ssh_host_ed25519_key.pub"), hostKey.public);
  const wants = join(upper, "etc/systemd/system/sysinit.target.wants/mac-address.service");
  await mkdir(dirname(wants), { recursive: true });
  await writeFile(wants, macAddressUnit(macAddress));
}

/** Sets the MAC address, because systemd-nspawn derives it from the name and from this machine's id. */
function macAddressUnit(macAddress: string): string {
  return `[Unit]
DefaultDependencies=no
Before=network-pre.target
Wants=network-pre.target

[Service]
Type=oneshot
ExecStart=ip link set dev host0 address ${macAddress}
`;
}

export async function identityOf(tower: Hypervisor): Promise<Identity> {
  return {
    machineId: (await tower.exec("cat /etc/machine-id")).trim(),
    hostKey: {
      private: `${await tower.exec("cat /etc/ssh/ssh_host_ed25519_key")}\n`,
      public: `${await tower.exec("cat /etc/ssh/ssh_host_ed25519_key.pub")}\n`,
    },
    macAddress: (await tower.exec("cat /sys/class/net/host0/address")).trim(),
  };
}

export async function readIdentity(folder: string): Promise<Identity> {
  return JSON.parse(await readFile(join(folder, "identity.json"), "utf8"));
}
