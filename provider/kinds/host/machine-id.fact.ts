import type { Fact } from "../../core/fact";
import { sh } from "../../core/shell";

/** machine-id(5): another one says that the machine was reinstalled, or is another. "" where there is none. */
export const machineId: Fact<string> = {
  name: "machine id",
  lasts: true,
  command: sh`cat /etc/machine-id 2>/dev/null || true`,
  parse: (output) => /^[0-9a-f]{32}$/.exec(output.trim())?.[0] ?? "",
};
