import type { FirewallBackend } from "../backend";
import { iptables } from "./iptables/iptables";
import { nftables } from "./nftables/nftables";

/**
 * In the order of preference, which is also the order of their parts in scripts on hosts. iptables is first, because
 * programs that come later (Docker, ufw, libvirt) use it, and only rules in the same tables can come before theirs.
 */
const backends = { iptables, nftables };

export type FirewallBackendName = keyof typeof backends;

export const firewallBackendNames = Object.keys(backends) as FirewallBackendName[];

export const firewallBackends: readonly FirewallBackend[] = Object.values(backends);

export function firewallBackend(name: FirewallBackendName): FirewallBackend {
  return backends[name];
}

/** The backend that has printed a ruleset. */
export function firewallBackendOf(ruleset: string): FirewallBackend | undefined {
  const [program = ""] = ruleset.split(" ");
  return firewallBackends.find(({ programs }) => programs.includes(program));
}

export function isFirewallBackend(name: string): name is FirewallBackendName {
  return Object.hasOwn(backends, name);
}
