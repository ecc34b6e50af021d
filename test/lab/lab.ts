import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { type Progress, silent, step } from "../../tools/progress";
import { stable } from "./debian";
import { type Hypervisor, type HypervisorOptions, makeHypervisor } from "./hypervisor";
import { type LanOptions, type Outside, openLan } from "./lan";
import { makeMachine } from "./machine";
import { machineImage } from "./machineImage";
import { ensurePackages } from "./packages";
import { hypervisorRoot } from "./root";
import { claimSlot } from "./slot";

/** Throwaway hypervisors on their own LAN, on this machine. Any number of labs can run at once. */
export interface Lab {
  outside: Outside;
  /** The key that logs in to every account of every hypervisor. */
  privateKeyPath: string;
  /** A folder for files of the run. It is deleted with the lab. */
  folder: string;
  hypervisor(name: string, options?: HypervisorOptions): Promise<Hypervisor>;
  /** A hypervisor of the stable release with its own kernel and its own address. It cannot run guests. */
  machine(name: string): Promise<Hypervisor>;
  /** Ends everything that the lab started, and leaves nothing. */
  stop(): Promise<void>;
}

export interface LabOptions extends LanOptions {
  progress?: Progress;
  /** The addresses of the lab derive from this number. @default any free number */
  slot?: number;
}

export async function startLab({ progress = silent, slot: number, ...lan }: LabOptions = {}): Promise<Lab> {
  await ensurePackages(progress);
  const slot = await claimSlot(number);
  const opened = await step(progress, `Opening the LAN ${slot.lan}`, () => openLan(slot, lan)).catch(async (error) => {
    await slot.release();
    throw error;
  });
  const privateKeyPath = join(slot.folder, "id_ed25519");
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", privateKeyPath]);
  const authorized = await readFile(`${privateKeyPath}.pub`, "utf8");
  const running: Hypervisor[] = [];
  let host = 10;

  return {
    ...{ outside: opened.outside, privateKeyPath, folder: slot.folder },
    async hypervisor(name, options = {}) {
      const number = host++;
      const { release = stable, variant = "ifupdown" } = options;
      const root = await hypervisorRoot(release, variant, progress);
      const tower = await step(progress, `Starting the hypervisor ${name} at ${slot.address(number)}`, () =>
        makeHypervisor(name, root, number, { slot, lan: opened, authorized }, options),
      );
      running.push(tower);
      return tower;
    },
    async machine(name) {
      const number = host++;
      const [image, qemuRoot] = [await machineImage(progress), await hypervisorRoot(stable, "ifupdown", progress)];
      const machine = await step(progress, `Starting the machine ${name} at ${slot.address(number)}`, () =>
        makeMachine(name, image, qemuRoot, number, { slot, lan: opened, authorized }),
      );
      running.push(machine);
      return machine;
    },
    async stop() {
      await Promise.all(running.map((tower) => tower.stop()));
      await opened.close();
      await slot.release();
    },
  };
}
