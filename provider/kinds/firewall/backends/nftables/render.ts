// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { type Chain, protocolNumber, type Rule } from "../../rule";

/** Renders rules in the syntax of nft(8), for pulumi-kvm's own table. */

export const ownTable = "pulumi_kvm";

/**
 * The priorities are just before the host's own chains. Those chains still see the packets that we accept, because in
 * nftables an accept ends only its own base chain.
 */
export const baseChains: Readonly<Record<Chain, { type: string; priority: number }>> = {
  input: { type: "filter", priority: -1 },
  forward: { type: "filter", priority: -1 },
  output: { type: "filter", priority: -1 },
  prerouting: { type: "nat", priority: -101 },
  postrouting: { type: "nat", priority: 99 },
};

/** A line of a rule file: "nftables postrouting ip saddr …". */
export function nftablesLine(rule: Rule, comment: string): string {
  return ["nftables", rule.chain, ...matches(rule), statement(rule), `comment "${comment}"`].join(" ");
}

// iifname, because iif requires that the interface exists.
function matches(rule: Rule): string[] {
  const ip = rule.family === 4 ? "ip" : "ip6";
  const { source, destination, inInterface, outInterface, protocol, states, forwardedPort, forwardedTo } = rule;
  const all = [
    `meta nfproto ipv${rule.family}`,
    inInterface && `iifname "${inInterface}"`,
    outInterface && `oifname "${outInterface}"`,
    source && `${ip} saddr ${source}`,
    destination && `${ip} daddr ${destination}`,
    rule.notDestination && `${ip} daddr != ${rule.notDestination}`,
    rule.toHost && "fib daddr type local",
    protocol && `meta l4proto ${protocolNumber(protocol)}`,
    rule.sourcePorts && `${protocol} sport ${set(rule.sourcePorts)}`,
    rule.destinationPorts && `${protocol} dport ${set(rule.destinationPorts)}`,
    states && (states.includes("dnat") ? "ct status dnat" : `ct state ${set(states)}`),
    forwardedPort !== undefined && `ct original proto-dst ${forwardedPort}`,
    forwardedTo && `ct reply ${ip} saddr ${forwardedTo}`,
  ];
  return all.filter((part) => typeof part === "string" && part !== "") as string[];
}

function set(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? "") : `{ ${values.join(", ")} }`;
}

function statement({ verdict, family }: Rule): string {
  if (typeof verdict === "object") return `dnat ${family === 4 ? "ip" : "ip6"} to ${verdict.dnat}`;
  return verdict === "reject" ? "reject with icmpx type port-unreachable" : verdict;
}
