import type { Observed } from "../../core/fact";
import { type Plan, refuse, run, type Step, steps, type Wanted } from "../../core/kind";
import { sha256 } from "../../core/names";
import { records } from "../../host-state/records.fact";
import { putRules, removeRules } from "./apply-script";
import { type Backend, backendOf, type Firewall, firewall, ruleFolder } from "./backend.fact";
import { iptablesLine } from "./iptables/render";
import { nftablesLine } from "./nftables/render";
import { type OwnRules, ownRules } from "./own-rules.fact";
import { canonicalMatch, differences, type Rule, type SeenRule } from "./rule";

/** What the kinds that make rules have in common: their rules are a file, and stand in our chains with our mark. */

export const ruleFacts = { rules: ownRules, firewall, records };
export type RuleFacts = Observed<typeof ruleFacts>;

export interface RuleWant extends Wanted {
  backend?: Backend | undefined;
}

/** What a resource wishes of the firewall. */
export interface Wish {
  kind: string;
  /** Place among our rules, 1 to 999. */
  order: number;
  rules: readonly Rule[];
}

/** Makes the rules what they should be. @param first what comes before them: refusals, what is to be said */
export function planRules(want: RuleWant, wish: Wish, facts: RuleFacts, ...first: (Step | undefined)[]): Plan {
  const owner = ownerOfRules(want, wish);
  const backend = backendOfRules(want, wish, facts.firewall);
  if (!backend || !facts.firewall.tools.includes(backend)) return [refuse(lacking(backend))];
  const place = String(wish.order).padStart(3, "0");
  const content = fileOf(want, wish, backend);
  const standing = seenRules(want, wish, facts);
  const isSo = standing?.length === ownOf(want, facts.rules).length && standing.every(isAsWished);
  if (isSo && facts.records[`${ruleFolder}/${place}-${owner}`] === sha256(content)) return [];
  return steps(...first, run("put the rules in place", putRules(owner, place, content)));
}

export function backendOfRules(want: RuleWant, wish: Wish, firewall: Firewall): Backend | undefined {
  return backendOf(ownerOfRules(want, wish), want.backend, firewall);
}

export function absentRules(want: RuleWant, wish: Wish, facts: RuleFacts): Plan {
  const isThere = isRecorded(want, wish, facts) || ownOf(want, facts.rules).length > 0;
  return steps(isThere && run("take the rules away", removeRules(ownerOfRules(want, wish))));
}

/** A rule whose file is lost goes at the next change of any other: it is as good as gone. */
function isRecorded(want: RuleWant, wish: Wish, { records }: RuleFacts): boolean {
  const owner = ownerOfRules(want, wish);
  return Object.keys(records).some((path) => path.startsWith(ruleFolder) && path.includes(owner));
}

/** Each rule that is wished and what stands for it; undefined when one is missing. */
function seenRules(want: RuleWant, { rules }: Wish, facts: RuleFacts): Standing[] | undefined {
  const own = ownOf(want, facts.rules).filter((rule) => !want.backend || rule.backend === want.backend);
  const standing = rules.map(canonicalMatch).flatMap((rule) => {
    const inChain = own.filter(({ chain }) => chain === rule.chain);
    // nft does not show a family that something else in the rule implies.
    const seen = inChain.find(({ family }) => family === rule.family) ?? inChain.find(({ family }) => !family);
    return seen ? [{ rule, seen }] : [];
  });
  return standing.length === rules.length ? standing : undefined;
}

/**
 * The arguments that are not as wished, as they really are; undefined when a rule is missing, or has become one that
 * the arguments cannot say.
 * @param argument what a part of a rule is in the kind's own arguments
 */
export function actualRules(
  want: RuleWant,
  wish: Wish,
  facts: RuleFacts,
  argument: (part: keyof Rule, seen: SeenRule) => Record<string, unknown> | undefined,
): Record<string, unknown> | undefined {
  const standing = isRecorded(want, wish, facts) ? seenRules(want, wish, facts) : undefined;
  const found = standing?.flatMap(({ rule, seen }) => differences(rule, seen).map((part) => argument(part, seen)));
  return found?.every((one) => one !== undefined) ? Object.assign({}, ...found) : undefined;
}

/** Parts that are arguments under the same name. */
export function sameNamed(...names: (keyof Rule)[]) {
  return (part: keyof Rule, seen: SeenRule) => (names.includes(part) ? { [part]: seen[part] } : undefined);
}

interface Standing {
  rule: Rule;
  seen: SeenRule;
}

function isAsWished({ rule, seen }: Standing): boolean {
  return differences(rule, seen).length === 0;
}

/** The rules that carry this resource's mark. */
export function ownOf(want: RuleWant, all: OwnRules) {
  const own = `pulumi-kvm:${want.host.uid}:${want.name}`;
  return all.filter(({ comment }) => comment === own || comment.startsWith(`${own} `));
}

/** An nft comment has at most 127 bytes, and neither tool can quote a quote: so the name, not the path, is what counts. */
function commentOf(want: RuleWant): string {
  const readable = `${want.host.stack ?? ""} ${want.path}`.replaceAll(/[^A-Za-z0-9_./ -]/g, "_");
  return `pulumi-kvm:${want.host.uid}:${want.name} ${readable}`.slice(0, 120).trim();
}

function fileOf(want: RuleWant, { rules }: Wish, backend: Backend): string {
  const line = backend === "iptables" ? iptablesLine : nftablesLine;
  return rules.map((rule) => `${line(canonicalMatch(rule), commentOf(want))}\n`).join("");
}

function ownerOfRules(want: RuleWant, { kind }: Wish): string {
  return `${kind}.${want.name}.${want.host.uid}`;
}

function lacking(backend: Backend | undefined): string {
  if (backend === "iptables") return "the host lacks iptables (package iptables)";
  if (backend === "nftables") return "the host lacks nft (package nftables)";
  return "the host can filter no packets: it lacks iptables and nft (packages iptables, nftables)";
}
