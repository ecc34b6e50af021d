import { z } from "zod";
import { contains } from "../../core/addresses";
import type { Observed } from "../../core/fact";
import { kind, type Wanted, type Warn, wanted, warn } from "../../core/kind";
import { objectName } from "../../core/names";
import { complain, linkNameArg, networkArg } from "../../core/validators";
import { links } from "../link/links.fact";
import { notForwarded } from "./blocked-traffic";
import { firewallWarnings } from "./errors";
import { packetFilter } from "./packet-filter.fact";
import type { Rule, SeenRule } from "./rule";
import { checkFamilies, familyArg, familyOfArgs, given, ruleArgs } from "./rule-args";
import { absentRules, actualRules, planRules, ruleFacts, sameNamed, type Wish } from "./rule-set";

/** Selects the packets that leave the host with the host's own address as their source. */
const schema = z
  .strictObject({
    ...wanted,
    /** Source network or address of the packets. @default any source. `outInterface` is then required */
    source: networkArg.optional(),
    /**
     * Destination network or address of the packets.
     * @default any destination. Without `outInterface`: any destination outside the source network
     */
    destination: networkArg.optional(),
    /** Interface through which the packets leave. @default any interface. `source` is then required */
    outInterface: linkNameArg.optional(),
    /**
     * Address family of the packets. One Masquerade has only one family.
     * @default the family of `source` or `destination`, else "ipv4"
     */
    family: familyArg,
    ...ruleArgs,
  })
  .check((ctx) => {
    if (ctx.value.source === undefined && ctx.value.outInterface === undefined)
      complain(
        ctx,
        "source, outInterface: at least one of them is required. Otherwise all packets that leave the host would be masqueraded",
      );
    checkFamilies(ctx);
  });

type Want = z.infer<typeof schema> & Wanted;
const facts = { ...ruleFacts, links, packetFilter };

/**
 * Source NAT: packets get the address of the interface through which they leave. A Masquerade does not turn IP forwarding
 * on. Use an IpForwarding for that.
 * @example
 * const nat = new kvm.Masquerade("nat", { host, source: "192.168.50.0/24", outInterface: "eth0" });
 */
export const masquerade = kind<Want, typeof facts>({
  name: "Masquerade",
  schema,
  defaults: { persistent: true },
  derive: (given, known) => ({ name: known.name ?? objectName(given.host.uid, "Masquerade", given.path) }),
  impact: {
    name: "replace",
    source: "live",
    destination: "live",
    outInterface: "live",
    family: "live",
    backend: "live",
  },
  facts: () => facts,
  plan: (want, facts) => planRules(want, wishOf(want), facts, ...warnIfBlocked(want, facts)),
  warns: warnIfBlocked,
  absent: (want, facts) => absentRules(want, wishOf(want), facts),
  actual: (want, facts) => actualRules(want, wishOf(want), facts, argument),
});

/** Warns when another rule drops the packets in the forward chain, because they never reach the masquerade then. */
function warnIfBlocked(want: Want, { links, packetFilter }: Observed<typeof facts>): Warn[] {
  const { source, destination, outInterface } = want;
  // The packets come in by the host's link in the source network, if it has one.
  const from = Object.values(links).find(({ addresses }) => source && addresses.some((one) => isIn(source, one)));
  const match = given({ source, destination, outInterface, inInterface: from?.name });
  const reason = notForwarded({ ...match, family: familyOfArgs(want) ?? 4 }, packetFilter);
  if (reason === undefined) return [];
  return [warn(firewallWarnings.masqueradedDropped(`the packets to masquerade are not forwarded: ${reason}`))];
}

function isIn(network: string, cidr: string): boolean {
  return contains(network, cidr.split("/")[0] ?? "");
}

const sameArgument = sameNamed("source", "destination", "outInterface");

/** notDestination is not an argument. It follows from `source`. */
function argument(part: keyof Rule, seen: SeenRule) {
  return part === "notDestination" ? {} : sameArgument(part, seen);
}

/**
 * Packets that stay in the source network keep their source address. With br_netfilter, frames between a bridge's ports
 * pass this chain too, and guests of one network would see each other with the host's address.
 */
function wishOf(want: Want): Wish {
  const { source, destination, outInterface } = want;
  const isOpen = source?.includes("/") && destination === undefined && outInterface === undefined;
  const match = given({ source, destination, outInterface, notDestination: isOpen ? source : undefined });
  const rule = { ...match, family: familyOfArgs(want) ?? 4, chain: "postrouting", verdict: "masquerade" } as const;
  return { kind: "Masquerade", order: 500, rules: [rule] };
}
