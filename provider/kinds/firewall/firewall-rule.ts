import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { Observed } from "../../core/fact";
import { kind, refuse, type Say, say, type Wanted, wanted } from "../../core/kind";
import { objectName } from "../../core/names";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";
import { complain, wholeArg } from "../../core/validators";
import type { Backend } from "./backend.fact";
import { droppedBy } from "./blocked-traffic";
import { lockout } from "./lockout";
import { packetFilter } from "./packet-filter.fact";
import { canonicalMatch, type Family, protocolOf, type Rule, type SeenRule } from "./rule";
import { checkFamilies, familyOfArgs, given, matchArgs, portsArg, ruleArgs } from "./rule-args";
import { absentRules, actualRules, backendOfRules, planRules, ruleFacts, sameNamed, type Wish } from "./rule-set";

/** Which packets a host lets through, and which not. What is not given matches any packet. */
export interface FirewallRuleArgs {
  /** Packets that pass through the host, are for the host, or come from it. */
  chain: "forward" | "input" | "output";
  /** drop says nothing to the sender, reject answers "port unreachable". */
  action: "accept" | "drop" | "reject";
  /** One of the two only. @default that of source or destination, else both */
  family?: "ipv4" | "ipv6";
  /** The interface that they come in by; not for "output". */
  inInterface?: string;
  /** The interface that they leave through; not for "input". */
  outInterface?: string;
  /** Network or address that they come from. */
  source?: string;
  /** Network or address that they go to. */
  destination?: string;
  /** "icmp" is ICMPv6 for IPv6. */
  protocol?: "tcp" | "udp" | "sctp" | "icmp" | "gre" | "esp" | "ah" | "ospf" | "vrrp";
  /** 53, or a range "1000-2000"; at most 15. They need protocol tcp, udp or sctp. */
  sourcePorts?: (number | string)[];
  /** As sourcePorts. */
  destinationPorts?: (number | string)[];
  /** What connection tracking says of the packet. */
  states?: ("new" | "established" | "related" | "invalid" | "untracked")[];
  /**
   * Place among the rules that pulumi-kvm has made on the host, 1 to 999; the lowest comes first, and the first that
   * matches decides. Those of one place go by their names. @default 400 for accept, 600 for drop and reject
   */
  order?: number;
  /** The tool that holds the rule. @default what the host uses: iptables, unless only nft is there or in use */
  backend?: Backend;
  /** Made again at boot. @default true */
  persistent?: boolean;
}

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
    if (chain === "input" && outInterface) complain(ctx, "outInterface: a packet for the host leaves through none");
    if (chain === "output" && inInterface) complain(ctx, "inInterface: a packet from the host came in by none");
    if ((sourcePorts ?? destinationPorts) && !["tcp", "udp", "sctp"].includes(protocol))
      complain(ctx, 'protocol: ports need "tcp", "udp" or "sctp"');
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
  boot: 60,
  facts: () => facts,
  plan: (want, facts) => planRules(want, wishOf(want), facts, fatal(want, facts), ...vain(want, facts)),
  warns: vain,
  absent: (want, facts) => absentRules(want, wishOf(want), facts),
  actual: (want, facts) => actualRules(want, wishOf(want), facts, argument),
  outputs: () => ({}),
});

/** A rule of a host's packet filter, in a chain of our own that packets pass before the host's. */
export class FirewallRule extends Resource {
  declare readonly chain: pulumi.Output<FirewallRuleArgs["chain"]>;
  declare readonly action: pulumi.Output<FirewallRuleArgs["action"]>;
  constructor(name: string, args: Inputs<FirewallRuleArgs> & OnHost, opts?: pulumi.CustomResourceOptions) {
    super("FirewallRule", name, onHost(args), [], opts);
  }
}

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

function fatal(want: Want, { rules }: Observed<typeof facts>) {
  const reason = lockout(want, wishOf(want).rules, rules);
  return reason === undefined ? undefined : refuse(reason);
}

/** An accept that somebody else's rules make vain is made all the same, and that is said. */
function vain(want: Want, { packetFilter, firewall }: Observed<typeof facts>): Say[] {
  if (want.action !== "accept") return [];
  const backend = backendOfRules(want, wishOf(want), firewall) ?? "iptables";
  const packets = wishOf(want).rules.map((rule) => ({
    ...canonicalMatch(rule),
    hook: want.chain,
    family: rule.family,
  }));
  const reasons = packets.map((packet) => droppedBy(packet, packetFilter, backend));
  const reason = reasons.find((reason) => reason !== undefined);
  return reason === undefined ? [] : [say(`what it accepts is dropped all the same: ${reason}`)];
}
