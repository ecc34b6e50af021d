import type { Wanted } from "../../core/kind";
import type { OwnRules } from "./own-rules.fact";
import type { Match, Rule } from "./rule";

/**
 * Why a rule must not be made: it would drop whatever comes to the host or goes from it, and with it the connection
 * that we came by, now and after every boot. An accept of ours that stands already makes it good.
 */
export function lockout(want: Wanted, rules: readonly Rule[], standing: OwnRules): string | undefined {
  const port = want.host.port ?? 22;
  const fatal = rules.find((rule) => rule.verdict !== "accept" && takesLogins(rule, rule.chain, port));
  if (!fatal) return undefined;
  const saved = standing.some(({ chain, verdict, ...rule }) => {
    const isForIt = chain === fatal.chain && verdict === "accept" && (rule.family ?? fatal.family) === fatal.family;
    return isForIt && covers(rule, chain, port);
  });
  if (saved) return undefined;
  const way = fatal.chain === "input" ? `to tcp port ${port} of the host` : `from tcp port ${port} of the host`;
  return `it would drop what goes ${way}, and lock out everybody, us too. Accept that first with a rule of its own (and dependsOn it), or say more exactly what is to be dropped`;
}

/** Whether it certainly hits logins, wherever they come from. */
function takesLogins(rule: Match, chain: string, port: number): boolean {
  const { source, destination, inInterface, outInterface } = rule;
  const isNarrow = [source, destination, inInterface, outInterface].some((part) => part !== undefined);
  return !isNarrow && covers(rule, chain, port);
}

/** Whether it is about packets of logins at all. */
function covers(rule: Match, chain: string, port: number): boolean {
  if (chain !== "input" && chain !== "output") return false;
  const [own, others] =
    chain === "input" ? [rule.destinationPorts, rule.sourcePorts] : [rule.sourcePorts, rule.destinationPorts];
  const isOfPort = own === undefined || own.some((range) => includes(range, port));
  const isOfState = rule.states === undefined || rule.states.includes(chain === "input" ? "new" : "established");
  return isOfPort && others === undefined && isOfState && (rule.protocol === undefined || rule.protocol === "tcp");
}

/** "22", "20-30" */
export function includes(range: string, port: number): boolean {
  const [from = 0, to = from] = range.split("-").map(Number);
  return from <= port && port <= to;
}
