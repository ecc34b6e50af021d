import { z } from "zod";
import type { Observed } from "../../core/fact";
import { kind, refuse, type Step, type Wanted, type Warn, wanted, warn } from "../../core/kind";
import { objectName } from "../../core/names";
import { complain, linkNameArg, networkArg, wholeArg } from "../../core/validators";
import { droppedBy } from "./blocked-traffic";
import { firewallWarnings } from "./errors";
import { lockout } from "./lockout";
import { packetFilter } from "./packet-filter.fact";
import { canonicalMatch, type Family, protocolOf, type Rule, type SeenRule } from "./rule";
import { checkFamilies, familyArg, familyOfArgs, given, portsArg, ruleArgs } from "./rule-args";
import {
  absentRules,
  actualRules,
  backendOfRules,
  fileNameOf,
  placedAfter,
  placedRules,
  planRules,
  ruleFacts,
  sameNamed,
  type Wish,
} from "./rule-set";

/** Selects packets on the host, and says whether it accepts them. A match that is not given matches any packet. */
const schema = z
  .strictObject({
    ...wanted,
    /**
     * The packets that the rule applies to. "forward": packets that the host forwards. "input": packets to the host.
     * "output": packets from the host.
     */
    chain: z.enum(["forward", "input", "output"]),
    /** What happens to the packets. "drop" sends no answer. "reject" answers "port unreachable". */
    action: z.enum(["accept", "drop", "reject"]),
    /** Address family of the packets. @default the family of `source` or `destination`, else both */
    family: familyArg,
    /** Interface on which the packets arrive. Not possible with the chain "output". @default any */
    inInterface: linkNameArg.optional(),
    /** Interface through which the packets leave. Not possible with the chain "input". @default any */
    outInterface: linkNameArg.optional(),
    /** Source network or address of the packets. @default any */
    source: networkArg.optional(),
    /** Destination network or address of the packets. @default any */
    destination: networkArg.optional(),
    /** Protocol of the packets. "icmp" means ICMPv6 for IPv6. @default any */
    protocol: z.enum(["tcp", "udp", "sctp", "icmp", "gre", "esp", "ah", "ospf", "vrrp"]).optional(),
    /**
     * Source ports: numbers like 53, or ranges like "1000-2000". At most 15, and a range counts as two. The protocol must
     * be tcp, udp or sctp.
     * @default any
     */
    sourcePorts: portsArg.optional(),
    /** Destination ports, in the same form as `sourcePorts`. @default any */
    destinationPorts: portsArg.optional(),
    /** States of the packet in connection tracking. @default any */
    states: z
      .array(z.enum(["new", "established", "related", "invalid", "untracked"]))
      .min(1)
      .optional(),
    /**
     * Order among the rules of pulumi-kvm on the host, 1 to 999. The lowest comes first, and the first rule that matches
     * decides. Rules with the same order are sorted by name.
     * @default 400 for accept, 600 for drop and reject
     */
    order: wholeArg(1, 999).optional(),
    ...ruleArgs,
  })
  .check((ctx) => {
    const { chain, inInterface, outInterface, protocol = "", sourcePorts, destinationPorts } = ctx.value;
    if (chain === "input" && outInterface)
      complain(ctx, 'outInterface: not possible with chain "input", because these packets do not leave the host');
    if (chain === "output" && inInterface)
      complain(ctx, 'inInterface: not possible with chain "output", because the host itself sends these packets');
    if ((sourcePorts ?? destinationPorts) && !["tcp", "udp", "sctp"].includes(protocol))
      complain(ctx, 'protocol: must be "tcp", "udp" or "sctp", because the rule has ports');
    checkFamilies(ctx);
  });

type Want = z.infer<typeof schema> & Wanted;
const facts = { ...ruleFacts, packetFilter };

/**
 * A rule in the packet filter of a host. pulumi-kvm puts its rules into its own chains. Packets go through these chains
 * first, and then through the other rules of the host.
 * @example
 * const out = new kvm.FirewallRule("out", { host, chain: "forward", inInterface: "br0", action: "accept" });
 */
export const firewallRule = kind<Want, typeof facts>({
  name: "FirewallRule",
  schema,
  defaults: { persistent: true },
  derive: (given, known) => ({ name: known.name ?? objectName(given.host.uid, "FirewallRule", given.path) }),
  impact: { name: "replace", chain: "live" },
  facts: () => facts,
  plan: (want, facts) =>
    planRules(want, wishOf(want), facts, refuseLockout(want, facts), ...warnIfBlocked(want, facts)),
  warns: warnIfBlocked,
  absent: (want, facts) => [...refuseExposure(want, facts), ...absentRules(want, wishOf(want), facts)],
  actual: (want, facts) => actualRules(want, wishOf(want), facts, argument),
});

function wishOf(want: Want): Wish {
  const { action, order = action === "accept" ? 400 : 600 } = want;
  return { kind: "FirewallRule", order, rules: familiesOf(want).map((family) => ruleOf(want, family)) };
}

function familiesOf(want: Want): Family[] {
  const family = familyOfArgs(want);
  return family ? [family] : [4, 6];
}

function ruleOf(want: Want, family: Family): Rule {
  const { chain, action, inInterface, outInterface, source, destination, states } = want;
  const protocol = want.protocol && protocolOf(want.protocol, family);
  const [sourcePorts, destinationPorts] = [want.sourcePorts?.map(String), want.destinationPorts?.map(String)];
  const ports = { sourcePorts, destinationPorts };
  const match = given({ inInterface, outInterface, source, destination, protocol, states, ...ports });
  return { ...match, family, chain, verdict: action };
}

const sameArgument = sameNamed(
  "inInterface",
  "outInterface",
  "source",
  "destination",
  "sourcePorts",
  "destinationPorts",
);

function argument(part: keyof Rule, seen: SeenRule) {
  if (part === "verdict") return isAction(seen.verdict) ? { action: seen.verdict } : undefined;
  if (part === "protocol") return { protocol: seen.protocol === "icmpv6" ? "icmp" : seen.protocol };
  return part === "states" ? { states: seen.states } : sameArgument(part, seen);
}

function isAction(verdict: unknown): boolean {
  return verdict === "accept" || verdict === "drop" || verdict === "reject";
}

function refuseLockout(want: Want, facts: Observed<typeof ruleFacts>) {
  const wish = wishOf(want);
  const problem = lockout(want, fileNameOf(want, wish), placedRules(facts), placedAfter(want, wish, facts));
  return problem && refuse(problem);
}

/** The engine deletes rules in parallel: the rule that would lock us out may be gone in a moment. */
function refuseExposure(want: Want, facts: Observed<typeof ruleFacts>): Step[] {
  const wish = wishOf(want);
  const problem = lockout(want, fileNameOf(want, wish), placedRules(facts), placedAfter(want, wish, facts, []));
  return problem ? [{ ...refuse(problem), patienceSeconds: 10 }] : [];
}

/** Warns about an accept rule whose traffic other rules drop. The rule is made all the same. */
function warnIfBlocked(want: Want, { packetFilter, firewall }: Observed<typeof facts>): Warn[] {
  if (want.action !== "accept") return [];
  const backend = backendOfRules(want, wishOf(want), firewall);
  const packets = wishOf(want).rules.map((rule) => ({
    ...canonicalMatch(rule),
    hook: want.chain,
    family: rule.family,
  }));
  const reasons = packets.map((packet) => droppedBy(packet, packetFilter, backend));
  const reason = reasons.find((reason) => reason !== undefined);
  if (reason === undefined) return [];
  return [warn(firewallWarnings.acceptedDropped(`traffic accepted by this rule is still dropped by: ${reason}`))];
}
