import { canonicalAddress, familyOf } from "../../core/addresses";
import type { Problem } from "../../core/problem";
import { firewallErrors } from "./errors";
import type { Listener } from "./listeners.fact";
import { includes } from "./lockout";
import type { OwnRules } from "./own-rules.fact";
import type { PacketFilter } from "./packet-filter.fact";
import type { Family, SeenRule } from "./rule";
import { ownOf, type RuleWant } from "./rule-set";

/** Detects who else uses the port of a desired forward: another forward, or a program that listens. */

interface Forward extends RuleWant {
  protocol: string;
  listenPort: number;
  listenAddress?: string | undefined;
  inInterface?: string | undefined;
}

/**
 * Finds another forward of the same port. Only the first one in the host's order would work, and the other one would
 * fail without a message.
 */
export function alreadyForwarded(want: Forward, family: Family, filter: PacketFilter): Problem | undefined {
  const own = `pulumi-kvm:${want.host.uid}:${want.name}`;
  const rules = filter.flatMap(({ chains }) => Object.values(chains).flatMap(({ rules }) => rules));
  const other = rules.find((rule) => forwards(rule, want, family) && !`${rule.comment} `.startsWith(`${own} `));
  if (!other) return undefined;
  const whose = other.comment ? ` (${other.comment})` : "";
  return firewallErrors.alreadyForwarded(
    `${want.protocol} port ${want.listenPort} is forwarded already${whose}: ${other.text}. Choose another listenPort`,
  );
}

function forwards(rule: SeenRule, want: Forward, family: Family): boolean {
  const isDnat = typeof rule.verdict === "object" && "dnat" in rule.verdict;
  const ports = rule.destinationPorts ?? [];
  const isPort = ports.some((range) => includes(range, want.listenPort));
  const address = want.listenAddress && canonicalAddress(want.listenAddress);
  const meets = (one?: string, other?: string) => one === undefined || other === undefined || one === other;
  return (
    isDnat &&
    isPort &&
    rule.protocol === want.protocol &&
    meets(String(family), rule.family === undefined ? undefined : String(rule.family)) &&
    meets(address, rule.destination) &&
    meets(want.inInterface, rule.inInterface)
  );
}

/**
 * Finds a program that would lose the port. Not checked when the forward is limited to one interface, or exists
 * already.
 */
export function listensThere(want: Forward, rules: OwnRules, all: readonly Listener[]): Problem | undefined {
  const { protocol, listenPort, listenAddress, inInterface } = want;
  const isDone = ownOf(want, rules).some(({ destinationPorts }) => destinationPorts?.includes(String(listenPort)));
  if (isDone || inInterface !== undefined) return undefined;
  const listener = all.find(
    ({ protocol: own, address, port }) => own === protocol && port === listenPort && isReached(address, listenAddress),
  );
  if (!listener) return undefined;
  const where = listener.address === "*" ? "" : ` at ${listener.address}`;
  return firewallErrors.portInUse(
    `a program on the host listens on ${protocol} port ${listenPort}${where}, and would not get its connections any more. Choose another listenPort, or give inInterface`,
  );
}

/** A program that listens only on a loopback address loses nothing: packets from outside never reach it. */
function isReached(address: string, listenAddress: string | undefined): boolean {
  if (/^127\./.test(address) || address === "::1") return false;
  if (address === "*" || listenAddress === undefined) return true;
  return familyOf(address) !== undefined && canonicalAddress(address) === canonicalAddress(listenAddress);
}
