// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { type Chain, protocolNumber, type Rule } from "../../rule";

/** Renders rules in the syntax of iptables(8), as lines for iptables-restore. */

/**
 * One jump leads to each of our chains, from its built-in chain. With Docker, the one for FORWARD is in DOCKER-USER.
 */
export const chainPrefix = "PULUMI-KVM-";

const tables: Readonly<Record<Chain, string>> = {
  input: "filter",
  forward: "filter",
  output: "filter",
  prerouting: "nat",
  postrouting: "nat",
};

/**
 * A line of a rule file: "iptables 4 nat POSTROUTING -s …". The schema has validated every value, and the comment is
 * clean.
 */
export function iptablesLine(rule: Rule, comment: string): string {
  const at = `iptables ${rule.family} ${tables[rule.chain]} ${rule.chain.toUpperCase()}`;
  return [at, ...matches(rule), `-m comment --comment "${comment}"`, target(rule)].join(" ");
}

function matches(rule: Rule): string[] {
  const { source, destination, inInterface, outInterface, protocol, states, forwardedPort, forwardedTo } = rule;
  const conntrack = [
    states && `--ctstate ${states.map((state) => state.toUpperCase()).join(",")}`,
    forwardedPort !== undefined && `--ctorigdstport ${forwardedPort}`,
    forwardedTo && `--ctreplsrc ${forwardedTo}`,
  ].filter((part) => part);
  const all = [
    source && `-s ${source}`,
    destination && `-d ${destination}`,
    rule.notDestination && `! -d ${rule.notDestination}`,
    inInterface && `-i ${inInterface}`,
    outInterface && `-o ${outInterface}`,
    protocol && `-p ${known.includes(protocol) ? protocol : protocolNumber(protocol)}`,
    rule.toHost && "-m addrtype --dst-type LOCAL",
    ports(rule, "sport", rule.sourcePorts),
    ports(rule, "dport", rule.destinationPorts),
    conntrack.length > 0 && `-m conntrack ${conntrack.join(" ")}`,
  ];
  return all.filter((part) => typeof part === "string" && part !== "") as string[];
}

/** The protocols that iptables knows by name without /etc/protocols. */
const known = ["tcp", "udp", "sctp", "icmp", "icmpv6"];

function ports({ protocol }: Rule, option: "sport" | "dport", wished: readonly string[] | undefined) {
  if (!wished) return undefined;
  const spelt = wished.map((port) => port.replace("-", ":"));
  return spelt.length === 1 ? `-m ${protocol} --${option} ${spelt[0]}` : `-m multiport --${option}s ${spelt.join(",")}`;
}

function target({ verdict }: Rule): string {
  if (typeof verdict === "object") return `-j DNAT --to-destination ${verdict.dnat}`;
  return `-j ${verdict.toUpperCase()}`;
}
