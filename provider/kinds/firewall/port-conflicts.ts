import { canonicalAddress, familyOf } from "../../core/addresses";
import type { Listener } from "./listeners.fact";
import { includes } from "./lockout";
import type { OwnRules } from "./own-rules.fact";
import type { PacketFilter } from "./packet-filter.fact";
import type { Family, SeenRule } from "./rule";
import { ownOf, type RuleWant } from "./rule-set";

/** Who else has a port that is to be forwarded. */

interface Forward extends RuleWant {
  protocol: string;
  listenPort: number;
  listenAddress?: string | undefined;
  inInterface?: string | undefined;
}

/** Another forward of the same port: the first one in the host's order would have it, and nobody could tell why. */
export function alreadyForwarded(want: Forward, family: Family, filter: PacketFilter): string | undefined {
  const own = `pulumi-kvm:${want.host.uid}:${want.name}`;
  const rules = filter.flatMap(({ chains }) => Object.values(chains).flatMap(({ rules }) => rules));
  const other = rules.find((rule) => forwards(rule, want, family) && !`${rule.comment} `.startsWith(`${own} `));
  if (!other) return undefined;
  const whose = other.comment ? ` (${other.comment})` : "";
  return `${want.protocol} port ${want.listenPort} is forwarded already${whose}: ${other.text}. Choose another listenPort`;
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

/** A program that would lose the port: said of any forward that is not narrowed to an interface. */
export function listensThere(want: Forward, rules: OwnRules, all: readonly Listener[]): string | undefined {
  const { protocol, listenPort, listenAddress, inInterface } = want;
  const isDone = ownOf(want, rules).some(({ destinationPorts }) => destinationPorts?.includes(String(listenPort)));
  if (isDone || inInterface !== undefined) return undefined;
  const listener = all.find(
    ({ protocol: own, address, port }) => own === protocol && port === listenPort && isReached(address, listenAddress),
  );
  if (!listener) return undefined;
  const where = listener.address === "*" ? "" : ` at ${listener.address}`;
  return `a program on the host listens to ${protocol} port ${listenPort}${where}, and would lose it. Choose another listenPort, or name the inInterface`;
}

/** What listens on the loopback interface alone never loses anything: no packet from outside reaches it. */
function isReached(address: string, listenAddress: string | undefined): boolean {
  if (/^127\./.test(address) || address === "::1") return false;
  if (address === "*" || listenAddress === undefined) return true;
  return familyOf(address) !== undefined && canonicalAddress(address) === canonicalAddress(listenAddress);
}
