import { z } from "zod";
import { familyOf, parseCidr } from "../../core/addresses";
import { complain } from "../../core/validators";
import { firewallBackendNames } from "./backends";
import type { Family } from "./rule";

/** The arguments that all kinds with rules share. */

export const familyArg = z.enum(["ipv4", "ipv6"]).optional();

export const ruleArgs = {
  /**
   * The tool that creates the rules.
   * @default nftables if only nftables is installed or in use, else iptables
   */
  backend: z.enum(firewallBackendNames).optional(),
  /** Whether the host makes the rules again at boot. */
  persistent: z.boolean(),
};

/** 53 or "1000-2000". The multiport match of iptables takes at most 15 ports, and a range counts as two. */
export const portsArg = z
  .array(z.union([z.number(), z.string()]))
  .min(1, "must not be empty. Remove the argument to match any port")
  .check((ctx) => {
    const wrong = ctx.value.filter((port) => !isPorts(String(port)));
    if (wrong.length > 0)
      complain(
        ctx,
        `invalid port ${JSON.stringify(wrong[0])}: must be a port such as 53, or a range such as "1000-2000"`,
      );
    const count = ctx.value.reduce<number>((sum, port) => sum + (String(port).includes("-") ? 2 : 1), 0);
    if (count > 15)
      complain(ctx, "too many ports: one rule can have 15, and a range counts as two. Make several rules");
  });

function isPorts(text: string): boolean {
  const [from = 0, to = from] = text.split("-").map(Number);
  return /^\d+(-\d+)?$/.test(text) && from >= 1 && from <= to && to <= 65535;
}

interface Addressed {
  family?: "ipv4" | "ipv6" | undefined;
  source?: string | undefined;
  destination?: string | undefined;
}

/** The family that the arguments give, or else the family of their addresses. */
export function familyOfArgs({ family, source, destination }: Addressed): Family | undefined {
  if (family) return family === "ipv4" ? 4 : 6;
  return familyOfNetwork(source) ?? familyOfNetwork(destination);
}

/** Complains about an address of the wrong family: "source: fd99::/64 is IPv6, but the rule is for IPv4". */
export function checkFamilies(ctx: z.core.ParsePayload<Addressed>): void {
  const { source, destination } = ctx.value;
  const family = familyOfArgs(ctx.value);
  for (const [name, network] of Object.entries({ source, destination })) {
    const own = familyOfNetwork(network);
    if (own && own !== family) complain(ctx, `${name}: ${network} is IPv${own}, but the rule is for IPv${family}`);
  }
}

function familyOfNetwork(network: string | undefined): Family | undefined {
  return network === undefined ? undefined : (parseCidr(network)?.family ?? familyOf(network));
}

/** Drops the parts that are undefined. */
export function given<T extends object>(parts: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof given<T>
  >;
}
