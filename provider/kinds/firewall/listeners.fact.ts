import type { Fact } from "../../core/fact";
import { linesOf } from "../../core/reply";
import { sh } from "../../core/shell";

/** A port on which a program of the host listens. */
export interface Listener {
  protocol: string;
  /** "*" means any address. */
  address: string;
  port: number;
}

export const listeners: Fact<readonly Listener[]> = {
  name: "listening ports",
  command: sh`ss -Hlntu`,
  parse: (output) =>
    linesOf(output)
      .map((line) => line.split(/\s+/))
      .filter((words) => words.length > 4)
      .map(([protocol = "", , , , local = ""]) => {
        const at = local.lastIndexOf(":");
        const address = local.slice(0, at).replaceAll(/^\[|\]$|%.*$/g, "");
        const any = ["*", "0.0.0.0", "::"].includes(address);
        return { protocol, address: any ? "*" : address, port: Number(local.slice(at + 1)) };
      }),
  afterReboot: [],
};
