import type { Hypervisor, HypervisorOptions } from "../lab/hypervisor.js";
import { type Lab, startLab } from "../lab/lab.js";
import type { LanOptions } from "../lab/lan.js";
import { difference, type Snapshot } from "../lab/snapshot.js";
import { makeStack, type Stack, type StackOptions } from "./stack.js";

/** A lab with one hypervisor, and stacks that reach it through PULUMI_KVM_HOSTS. */
export interface Site {
  lab: Lab;
  tower: Hypervisor;
  stack(program: string, options?: Partial<StackOptions>): Promise<Stack>;
  /** The difference between the first and the present state of the hypervisor. */
  left(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openSite(
  { routerAdvertisements = false, ...options }: HypervisorOptions & LanOptions = {},
  prepare?: (tower: Hypervisor, lab: Lab) => Promise<void>,
): Promise<Site> {
  const lab = await startLab({ routerAdvertisements });
  try {
    const tower = await lab.hypervisor("tower", options);
    await prepare?.(tower, lab);
    const before: Snapshot = await tower.snapshot();
    return {
      ...{ lab, tower },
      stack: (program, given) =>
        makeStack({ folder: lab.folder, program, ...given, env: { ...hosts(lab, tower), ...given?.env } }),
      left: async () => difference(before, await tower.snapshot()),
      close: () => lab.stop(),
    };
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

/** The environment variables with which the provider reaches hypervisors, as in CI. */
export function hosts(lab: Lab, ...towers: Hypervisor[]): Record<string, string> {
  const entries = towers.map(({ name, address, user, port, hostKey }) => [
    name,
    { address, user, port, hostKey, privateKeyPath: lab.privateKeyPath },
  ]);
  const password = towers.map((tower) => tower.password).find((one) => one !== undefined);
  return {
    PULUMI_KVM_HOSTS: JSON.stringify(Object.fromEntries(entries)),
    ...(password !== undefined && { PULUMI_KVM_SUDO_PASSWORD: password }),
  };
}
