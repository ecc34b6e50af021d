import type { Hypervisor, HypervisorOptions } from "../lab/hypervisor";
import { type Lab, startLab } from "../lab/lab";

/** Hypervisors for the tests of this layer: one lab for all of them, started when the first is asked for. */

let lab: Promise<Lab> | undefined;

/** Skips what needs root on a machine where we are not; in CI nothing is skipped. */
export function needsRoot(context: Mocha.Context): void {
  if (process.getuid?.() === 0) return;
  if (process.env.CI === "true") throw new Error("a throwaway hypervisor needs root");
  context.skip();
}

export function theLab(): Promise<Lab> {
  lab ??= startLab();
  return lab;
}

/** A hypervisor, which the provider reaches by this name from now on. */
export async function newTower(name: string, options: HypervisorOptions = {}): Promise<Hypervisor> {
  const { hypervisor } = await theLab();
  return reached(name, await hypervisor(name, { qemu: false, ...options }));
}

/** The same, with a kernel of its own. */
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
