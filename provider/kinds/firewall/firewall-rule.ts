import { z } from "zod";
import type { Observed } from "../../core/fact";
import { kind, refuse, type Step, type Wanted, type Warn, wanted, warn } from "../../core/kind";
import { objectName } from "../../core/names";
import { complain, wholeArg } from "../../core/validators";
import { droppedBy } from "./blocked-traffic";
import { firewallWarnings } from "./errors";
import { lockout } from "./lockout";
import { packetFilter } from "./packet-filter.fact";
import { canonicalMatch, type Family, protocolOf, type Rule, type SeenRule } from "./rule";
import { checkFamilies, familyOfArgs, given, matchArgs, portsArg, ruleArgs } from "./rule-args";
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

const schema = z
  .strictObject({
    ...wanted,
    ...ruleArgs,
    ...matchArgs,
    chain: z.enum(["forward", "input", "output"]),
    action: z.enum(["accept", "drop", "reject"]),
    protocol: z.enum(["tcp", "udp", "sctp", "icmp", "gre", "esp", "ah", "ospf", "vrrp"]).optional(),
    sourcePorts: portsArg.optional(),
    destinationPorts: portsArg.optional(),
    states: z
      .array(z.enum(["new", "established", "related", "invalid", "untracked"]))
      .min(1)
      .optional(),
    order: wholeArg(1, 999).optional(),
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
  outputs: () => ({}),
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
