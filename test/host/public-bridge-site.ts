import type { Hypervisor, HypervisorOptions } from "../lab/hypervisor";
import { type Lab, startLab } from "../lab/lab";

/**
 * A LAN for the tests of public bridges: its router announces itself, and this machine reaches the hosts through it, so
 * that a wrong gateway cuts them off.
 */
export interface BridgeSite {
  tower(name: string, options: HypervisorOptions): Promise<Hypervisor>;
  lab: Lab;
  stop(): Promise<void>;
}

export async function openBridgeSite(): Promise<BridgeSite> {
  const lab = await startLab({ routerAdvertisements: true });
  const { privateKeyPath } = lab;
  return {
    lab,
    async tower(name, options) {
      const tower = await lab.hypervisor(name, { qemu: false, routed: true, ...options });
      const { address, user, hostKey } = tower;
      const others = JSON.parse(process.env.PULUMI_KVM_HOSTS ?? "{}");
      process.env.PULUMI_KVM_HOSTS = JSON.stringify({ ...others, [name]: { address, user, hostKey, privateKeyPath } });
      return tower;
    },
    stop: () => lab.stop(),
  };
}
