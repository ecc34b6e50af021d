import type { Fact } from "../../core/fact";
import { sectionsOf } from "../../core/reply";
import { lines } from "../../core/shell";
import { type FirewallBackendName, firewallBackend, firewallBackendNames, firewallBackends } from "./backends";
import type { SeenRule } from "./rule";

/** The rules in pulumi-kvm's chains, of all stacks. Rules in an iptables chain to which no jump leads are left out. */
export type OwnRules = readonly (SeenRule & { backend: FirewallBackendName })[];

/** The chain names are those of Rule: "forward". */
export const ownRules: Fact<OwnRules> = {
  name: "rules of pulumi-kvm",
  command: lines(...firewallBackends.map(({ printOwn }) => printOwn)),
  parse: (output) => {
    const parts = sectionsOf(output);
    return firewallBackendNames.flatMap((backend) =>
      firewallBackend(backend)
        .parseOwn(parts)
        .map((rule) => ({ ...rule, backend })),
    );
  },
  afterReboot: [],
};
