import { z } from "zod";
import { canonicalAddress, familyOf } from "../../core/addresses";
import type { Observed } from "../../core/fact";
import { kind, refuse, type Wanted, type Warn, wanted, warn } from "../../core/kind";
import { objectName } from "../../core/names";
import { addressArg, complain, linkNameArg, portArg } from "../../core/validators";
import { droppedBy } from "./blocked-traffic";
import { firewallWarnings } from "./errors";
import { listeners } from "./listeners.fact";
import { packetFilter } from "./packet-filter.fact";
import { alreadyForwarded, listensThere } from "./port-conflicts";
import type { Rule, SeenRule } from "./rule";
import { given, ruleArgs } from "./rule-args";
import { absentRules, actualRules, backendOfRules, planRules, ruleFacts, type Wish } from "./rule-set";

const targetArg = z.string().check((ctx) => {
  if (!parseTarget(ctx.value, 1))
    complain(ctx, `invalid target "${ctx.value}": must be an address with a port, such as 192.168.50.10:80`);
});

/** Selects connections to the host, and the machine to which the host forwards them. */
const schema = z
  .strictObject({
    ...wanted,
    /** Protocol of the connections. */
    protocol: z.enum(["tcp", "udp", "sctp"]),
    /**
     * Port of the host to forward, 1 to 65535. The provider refuses a port that another forward uses. It also refuses a
     * port on which a program of the host listens, unless `inInterface` is given.
     */
    listenPort: portArg,
    /** Address of the host at which the connections arrive. @default any address of the host */
    listenAddress: addressArg.optional(),
    /** Interface on which the connections arrive. @default any */
    inInterface: linkNameArg.optional(),
    /** Target of the connections: "192.168.50.10:80" or "[fd99::10]:80". The default of the port is `listenPort`. */
    to: targetArg,
    ...ruleArgs,
  })
  .check((ctx) => {
    const { listenAddress, to, listenPort } = ctx.value;
    const family = parseTarget(to, listenPort)?.family;
    if (listenAddress && family && familyOf(listenAddress) !== family)
      complain(ctx, `listenAddress: ${listenAddress} and ${to} must have the same IP family`);
  });

type Want = z.infer<typeof schema> & Wanted;
const facts = { ...ruleFacts, packetFilter, listeners };

/**
 * Destination NAT: the host forwards one of its ports to a guest. The resource also accepts the forwarded packets, in both
 * directions. A PortForward does not turn IP forwarding on. Use an IpForwarding for that. Connections from the host itself
 * are not forwarded.
 * @example
 * const http = new kvm.PortForward("http", { host, protocol: "tcp", listenPort: 8080, to: "192.168.50.10:80" });
 */
export const portForward = kind<Want, typeof facts>({
  name: "PortForward",
  schema,
  defaults: { persistent: true },
  derive: (given, known) => ({ name: known.name ?? objectName(given.host.uid, "PortForward", given.path) }),
  impact: { name: "replace", listenPort: "live" },
  facts: () => facts,
  plan: (want, facts) => planRules(want, wishOf(want), facts, taken(want, facts), ...warnIfBlocked(want, facts)),
  warns: warnIfBlocked,
  absent: (want, facts) => absentRules(want, wishOf(want), facts),
  actual: (want, facts) => actualRules(want, wishOf(want), facts, argument),
});

interface Target {
  address: string;
  port: number;
  family: 4 | 6;
}

function parseTarget(to: string, samePort: number): Target | undefined {
  const [, bracketed, v6Port, plain = "", v4Port] = /^(?:\[([^\]]+)\](?::(\d+))?|([^:]+)(?::(\d+))?)$/.exec(to) ?? [];
  const address = bracketed ?? (familyOf(to) === 6 ? to : plain);
  const [family, port] = [familyOf(address), Number(v6Port ?? v4Port ?? samePort)];
  if (!family || port < 1 || port > 65535) return undefined;
  return { address: canonicalAddress(address), port, family };
}

function targetOf({ to, listenPort }: Want): Target {
  const target = parseTarget(to, listenPort);
  if (!target) throw new Error(`${to} is not a target`);
  return target;
}

/** The order 300 is before FirewallRules with the default order: a user who forwards a port wants it open. */
function wishOf(want: Want): Wish {
  const { protocol, listenPort, listenAddress, inInterface } = want;
  const { address, port, family } = targetOf(want);
  const to = family === 4 ? `${address}:${port}` : `[${address}]:${port}`;
  const at = listenAddress === undefined ? { toHost: true } : { destination: listenAddress };
  const incoming = { ...given({ inInterface }), ...at, protocol, destinationPorts: [String(listenPort)] };
  // Matches both directions, because it matches the original port of the connection.
  const passing = { protocol, states: ["dnat"], forwardedPort: listenPort, forwardedTo: address };
  const rules: Rule[] = [
    { ...incoming, family, chain: "prerouting", verdict: { dnat: to } },
    { ...passing, family, chain: "forward", verdict: "accept" },
  ];
  return { kind: "PortForward", order: 300, rules };
}

function argument(part: keyof Rule, { chain, ...seen }: SeenRule) {
  if (chain !== "prerouting") return undefined;
  if (part === "toHost") return {};
  if (part === "destination") return { listenAddress: seen.destination };
  if (part === "inInterface" || part === "protocol") return { [part]: seen[part] };
  const [port] = seen.destinationPorts ?? [];
  if (part === "destinationPorts") return port === undefined ? undefined : { listenPort: Number(port) };
  const { verdict } = seen;
  return typeof verdict === "object" && "dnat" in verdict ? { to: verdict.dnat } : undefined;
}

/** A forward takes the port from the program that listens on it. This program could be sshd. */
function taken(want: Want, { rules, packetFilter, listeners }: Observed<typeof facts>) {
  const problem = alreadyForwarded(want, targetOf(want).family, packetFilter) ?? listensThere(want, rules, listeners);
  return problem && refuse(problem);
}

function warnIfBlocked(want: Want, { packetFilter, firewall }: Observed<typeof facts>): Warn[] {
  const { address, port, family } = targetOf(want);
  const { inInterface, protocol } = want;
  const to = { destination: address, destinationPorts: [String(port)] };
  const packet = { hook: "forward", family, ...to, protocol, wasForwarded: true, ...given({ inInterface }) } as const;
  const backend = backendOfRules(want, wishOf(want), firewall);
  const reason = droppedBy(packet, packetFilter, backend);
  if (reason === undefined) return [];
  return [warn(firewallWarnings.forwardedDropped(`the forwarded packets are still dropped by: ${reason}`))];
}
