import type { Hypervisor, HypervisorOptions } from "../lab/hypervisor";
import { type Lab, startLab } from "../lab/lab";

/**
 * A LAN for the tests of public bridges. Its router sends advertisements, and this machine reaches the hosts through
 * the router, so that a wrong gateway cuts them off.
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

/** Waits until the host has checked its first boot after a change. */
export async function firstBootOf(tower: Hypervisor): Promise<void> {
  const pending = "[ -d /var/lib/pulumi-kvm/change.boot ] || [ -d /var/lib/pulumi-kvm/change ]";
  await tower.exec(`for i in $(seq 600); do ${pending} || exit 0; sleep 0.1; done; exit 1`, { timeout: 90_000 });
}
