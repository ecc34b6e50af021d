import type { Fact } from "../../core/fact";
import { sh } from "../../core/shell";

/** The machine-id(5). Another one means that the machine was reinstalled or replaced. "" when the host has none. */
export const machineId: Fact<string> = {
  name: "machine id",
  isStatic: true,
  command: sh`cat /etc/machine-id 2>/dev/null || true`,
  parse: (output) => /^[0-9a-f]{32}$/.exec(output.trim())?.[0] ?? "",
};
