import type { Fact } from "../../core/fact";
import { sectionsOf } from "../../core/reply";
import { lines } from "../../core/shell";
import { firewallBackends } from "./backends";
import type { Ruleset } from "./ruleset";

/** All packet filter rules of a host, from any program, as far as SeenRule can express them. */
export type PacketFilter = readonly Ruleset[];

export const packetFilter: Fact<PacketFilter> = {
  name: "packet filter",
  isStatic: true,
  command: lines(...firewallBackends.map(({ printAll }) => printAll)),
  parse: (output) => {
    const parts = sectionsOf(output);
    const all: Ruleset[] = [];
    for (const { parseAll } of firewallBackends) all.push(...parseAll(parts, all));
    return all;
  },
  afterReboot: [],
};
