import type { Hypervisor, HypervisorOptions } from "../lab/hypervisor";
import { type Lab, startLab } from "../lab/lab";

/** Hypervisors for the host tests. All share one lab, which starts with the first of them. */

let lab: Promise<Lab> | undefined;

/** Skips a test that needs root when the user is not root. In CI nothing is skipped. */
export function needsRoot(context: Mocha.Context): void {
  if (process.getuid?.() === 0) return;
  if (process.env.CI === "true") throw new Error("a throwaway hypervisor needs root");
  context.skip();
}

export function theLab(): Promise<Lab> {
  lab ??= startLab();
  return lab;
}

/** A hypervisor that the provider reaches by this name. */
export async function newTower(name: string, options: HypervisorOptions = {}): Promise<Hypervisor> {
  const { hypervisor } = await theLab();
  return reached(name, await hypervisor(name, { qemu: false, ...options }));
}

/** A hypervisor with its own kernel that the provider reaches by this name. */
export async function newMachine(name: string): Promise<Hypervisor> {
  const { machine } = await theLab();
  return reached(name, await machine(name));
}

async function reached(name: string, tower: Hypervisor): Promise<Hypervisor> {
  const { privateKeyPath } = await theLab();
  const { address, user, hostKey } = tower;
  const others = JSON.parse(process.env.PULUMI_KVM_HOSTS ?? "{}");
  process.env.PULUMI_KVM_HOSTS = JSON.stringify({ ...others, [name]: { address, user, hostKey, privateKeyPath } });
  return tower;
}

after(async () => (await lab)?.stop());
