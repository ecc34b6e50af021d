import type { Wanted } from "../../core/kind";
import type { Problem } from "../../core/problem";
import { firewallErrors } from "./errors";
import type { Chain, Family, Match, SeenRule } from "./rule";
import type { PlacedRule } from "./rule-set";

/** The chains that SSH traffic of a host passes. */
const chains = ["input", "output"] as const;
const families: readonly Family[] = [4, 6];

/**
 * Why the provider refuses a change of our rules: afterwards they would drop all SSH traffic of the host, and with it our
 * own connection, now and after every boot. Undefined when they would not, or when they do so already.
 * @param own the file of the resource that changes
 */
export function lockout(
  want: Wanted,
  own: string,
  before: readonly PlacedRule[],
  after: readonly PlacedRule[],
): Problem | undefined {
  const port = want.host.port ?? 22;
  for (const chain of chains)
    for (const family of families) {
      const drop = droppedBy(after, chain, family, port);
      if (drop && (drop.file === own || !droppedBy(before, chain, family, port)))
        return firewallErrors.lockout(reasonOf(drop, own, chain, port));
    }
  return undefined;
}

/** The rule that drops every SSH login. Undefined when an accept rule comes before it, or when there is none. */
function droppedBy(rules: readonly PlacedRule[], chain: Chain, family: Family, port: number): PlacedRule | undefined {
  const inOrder = rules
    .filter(({ rule }) => rule.chain === chain && (rule.family ?? family) === family)
    .sort((a, b) => (a.file < b.file ? -1 : Number(a.file > b.file)));
  const first = inOrder.find(({ rule }) =>
    rule.verdict === "accept" ? covers(rule, chain, port) : drops(rule) && takesLogins(rule, chain, port),
  );
  return first?.rule.verdict === "accept" ? undefined : first;
}

/** A rule with parts that the parser does not know matches fewer packets than it seems to. */
function drops({ verdict, other }: SeenRule): boolean {
  return (verdict === "drop" || verdict === "reject") && other.length === 0;
}

function reasonOf({ file, rule }: PlacedRule, own: string, chain: Chain, port: number): string {
  const packets = `all packets ${chain === "input" ? "to" : "from"} TCP port ${port} of the host`;
  if (file !== own)
    return `without this rule, the rule "${rule.text}" of ${file} would drop ${packets}, and lock everyone out, Pulumi included. Delete that rule first, or make it depend on this one`;
  return `the rule would drop ${packets}, and lock everyone out, Pulumi included. Accept them by another rule first (a smaller order, and dependsOn), or make this rule narrower`;
}

/** Whether the rule matches SSH logins from any address and by any interface. */
function takesLogins(rule: Match, chain: string, port: number): boolean {
  const { source, destination, inInterface, outInterface } = rule;
  const isNarrow = [source, destination, inInterface, outInterface].some((part) => part !== undefined);
  return !isNarrow && covers(rule, chain, port);
}

/** Whether the rule matches SSH packets, apart from its addresses and interfaces. */
function covers(rule: Match, chain: string, port: number): boolean {
  if (chain !== "input" && chain !== "output") return false;
  const [own, others] =
    chain === "input" ? [rule.destinationPorts, rule.sourcePorts] : [rule.sourcePorts, rule.destinationPorts];
  const isOfPort = own === undefined || own.some((range) => includes(range, port));
  const isOfState = rule.states === undefined || rule.states.includes(chain === "input" ? "new" : "established");
  return isOfPort && others === undefined && isOfState && (rule.protocol === undefined || rule.protocol === "tcp");
}

/** @param range "22" or "20-30" */
export function includes(range: string, port: number): boolean {
  const [from = 0, to = from] = range.split("-").map(Number);
  return from <= port && port <= to;
}
