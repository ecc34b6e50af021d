import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { contains } from "../../core/addresses";
import type { Observed } from "../../core/fact";
import { kind, type Say, say, type Wanted, wanted } from "../../core/kind";
import { objectName } from "../../core/names";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";
import { complain } from "../../core/validators";
import { links } from "../link/links.fact";
import type { Backend } from "./backend.fact";
import { notForwarded } from "./blocked-traffic";
import { packetFilter } from "./packet-filter.fact";
import type { Rule, SeenRule } from "./rule";
import { checkFamilies, familyOfArgs, given, matchArgs, ruleArgs } from "./rule-args";
import { absentRules, actualRules, planRules, ruleFacts, sameNamed, type Wish } from "./rule-set";

/** Which packets leave a host with the host's own address as their source. */
export interface MasqueradeArgs {
  /** Packets from this network or address. @default from any; then outInterface is needed */
  source?: string;
  /** Packets to this network or address. @default to any; without outInterface, to any outside the source's network */
  destination?: string;
  /** Packets that leave through this interface. @default through any; then source is needed */
  outInterface?: string;
  /** One of the two only. @default that of source or destination, else "ipv4" */
  family?: "ipv4" | "ipv6";
  /** The tool that holds the rule. @default what the host uses: iptables, unless only nft is there or in use */
  backend?: Backend;
  /** Made again at boot. @default true */
  persistent?: boolean;
}

const { source, destination, outInterface } = matchArgs;
const schema = z.strictObject({ ...wanted, ...ruleArgs, source, destination, outInterface }).check((ctx) => {
  if (ctx.value.source === undefined && ctx.value.outInterface === undefined)
    complain(ctx, "source, outInterface: one of them is needed, else all that leaves the host would be masqueraded");
  checkFamilies(ctx);
});

type Want = z.infer<typeof schema> & Wanted;
const facts = { ...ruleFacts, links, packetFilter };

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
  boot: 60,
  facts: () => facts,
  plan: (want, facts) => planRules(want, wishOf(want), facts, ...vain(want, facts)),
  warns: vain,
  absent: (want, facts) => absentRules(want, wishOf(want), facts),
  actual: (want, facts) => actualRules(want, wishOf(want), facts, argument),
  outputs: () => ({}),
});

/** Source NAT with the address of the interface that a packet leaves through. Forwarding is a resource of its own. */
export class Masquerade extends Resource {
  declare readonly source: pulumi.Output<string | undefined>;
  declare readonly outInterface: pulumi.Output<string | undefined>;
  constructor(name: string, args: Inputs<MasqueradeArgs> & OnHost, opts?: pulumi.CustomResourceOptions) {
    super("Masquerade", name, onHost(args), [], opts);
  }
}

/** What is dropped on its way through the host never gets here. */
function vain(want: Want, { links, packetFilter }: Observed<typeof facts>): Say[] {
  const { source, destination, outInterface } = want;
  // The host's own link of that network, where it has one, is where such packets come in.
  const from = Object.values(links).find(({ addresses }) => source && addresses.some((one) => isIn(source, one)));
  const match = given({ source, destination, outInterface, inInterface: from?.name });
  const reason = notForwarded({ ...match, family: familyOfArgs(want) ?? 4 }, packetFilter);
  return reason === undefined ? [] : [say(`what it is for is not forwarded: ${reason}`)];
}

function isIn(network: string, cidr: string): boolean {
  return contains(network, cidr.split("/")[0] ?? "");
}

const sameArgument = sameNamed("source", "destination", "outInterface");

/** The exception follows from the source. */
function argument(part: keyof Rule, seen: SeenRule) {
  return part === "notDestination" ? {} : sameArgument(part, seen);
}

/**
 * What stays in the network keeps its source: with br_netfilter also frames between a bridge's ports come by here, and
 * guests of one network would see each other as the host.
 */
function wishOf(want: Want): Wish {
  const { source, destination, outInterface } = want;
  const isOpen = source?.includes("/") && destination === undefined && outInterface === undefined;
  const match = given({ source, destination, outInterface, notDestination: isOpen ? source : undefined });
  const rule = { ...match, family: familyOfArgs(want) ?? 4, chain: "postrouting", verdict: "masquerade" } as const;
  return { kind: "Masquerade", order: 500, rules: [rule] };
}
