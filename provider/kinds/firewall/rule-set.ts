import { type Actual, absent, differing } from "../../core/actual";
import type { Observed } from "../../core/fact";
import { type Plan, refuse, run, type Step, steps, type Wanted } from "../../core/kind";
import { sha256 } from "../../core/names";
import type { Problem } from "../../core/problem";
import { records } from "../../host-state/records.fact";
import { putRules, removeRules } from "./apply-script";
import { backendOf, type Firewall, firewall, ruleFolder } from "./backend.fact";
import { type FirewallBackendName, firewallBackend, firewallBackends } from "./backends";
import { firewallErrors } from "./errors";
import { type OwnRules, ownRules } from "./own-rules.fact";
import { canonicalMatch, differences, type Rule, type SeenRule } from "./rule";

/**
 * Shared code of all kinds with rules. Each resource has one file with its rules on the host, and its rules are in our
 * chains with its mark.
 */

export const ruleFacts = { rules: ownRules, firewall, records };
export type RuleFacts = Observed<typeof ruleFacts>;

export interface RuleWant extends Wanted {
  backend?: FirewallBackendName | undefined;
}

/** The desired rules of a resource. */
export interface Wish {
  kind: string;
  /** Place among our rules, 1 to 999. */
  order: number;
  rules: readonly Rule[];
}

/**
 * The steps to the desired rules.
 * @param first steps that go before them: refusals and warnings
 */
export function planRules(want: RuleWant, wish: Wish, facts: RuleFacts, ...first: (Step | undefined)[]): Plan {
  const id = resourceId(want, wish);
  const backend = backendOfRules(want, wish, facts.firewall);
  if (!backend || !facts.firewall.tools.includes(backend)) return [refuse(missingTool(backend))];
  const place = placeOf(wish);
  const content = fileOf(want, wish, backend);
  const standing = seenRules(want, wish, facts);
  const isSo = standing?.length === ownOf(want, facts.rules).length && standing.every(isAsWished);
  if (isSo && facts.records[`${ruleFolder}/${place}-${id}`] === sha256(content)) return [];
  return steps(...first, run("put the rules in place", putRules(id, place, content)));
}

export function backendOfRules(want: RuleWant, wish: Wish, firewall: Firewall): FirewallBackendName | undefined {
  return backendOf(resourceId(want, wish), want.backend, firewall);
}

export function absentRules(want: RuleWant, wish: Wish, facts: RuleFacts): Plan {
  const isThere = isRecorded(want, wish, facts) || ownOf(want, facts.rules).length > 0;
  return steps(isThere && run("take the rules away", removeRules(resourceId(want, wish))));
}

/**
 * Whether the file with the rules exists. Without it, the next change of any other rule removes the rules from the
 * chains, so they count as absent.
 */
function isRecorded(want: RuleWant, wish: Wish, { records }: RuleFacts): boolean {
  const id = resourceId(want, wish);
  return Object.keys(records).some((path) => path.startsWith(ruleFolder) && path.includes(id));
}

/** Each desired rule with its actual rule. Undefined when one is absent. */
function seenRules(want: RuleWant, { rules }: Wish, facts: RuleFacts): Standing[] | undefined {
  const own = ownOf(want, facts.rules).filter((rule) => !want.backend || rule.backend === want.backend);
  const standing = rules.map(canonicalMatch).flatMap((rule) => {
    const inChain = own.filter(({ chain }) => chain === rule.chain);
    // nft does not print a family that another part of the rule implies.
    const seen = inChain.find(({ family }) => family === rule.family) ?? inChain.find(({ family }) => !family);
    return seen ? [{ rule, seen }] : [];
  });
  return standing.length === rules.length ? standing : undefined;
}

/**
 * The actual values of the arguments that differ from the desired ones. Absent when a rule is absent, or when it differs
 * in a way that no argument can express.
 * @param argument translates a part of a rule into the kind's own arguments
 */
export function actualRules<Want extends RuleWant>(
  want: Want,
  wish: Wish,
  facts: RuleFacts,
  argument: (part: keyof Rule, seen: SeenRule) => Record<string, unknown> | undefined,
): Actual<Want> {
  const standing = isRecorded(want, wish, facts) ? seenRules(want, wish, facts) : undefined;
  const found = standing?.flatMap(({ rule, seen }) => differences(rule, seen).map((part) => argument(part, seen)));
  return found?.every((one) => one !== undefined) ? differing<Want>(Object.assign({}, ...found)) : absent;
}

/** For parts of a rule that are arguments with the same name. */
export function sameNamed(...names: (keyof Rule)[]) {
  return (part: keyof Rule, seen: SeenRule) => (names.includes(part) ? { [part]: seen[part] } : undefined);
}

/** A rule of some resource, with the name of the file that it is in: "400-FirewallRule.web.UID". */
export interface PlacedRule {
  file: string;
  rule: SeenRule;
}

/** The rules of all resources. A rule without a file goes with the next change of any rule, so it does not count. */
export function placedRules({ rules, records }: RuleFacts): PlacedRule[] {
  const files = Object.keys(records).filter((path) => path.startsWith(`${ruleFolder}/`));
  const names = files.map((path) => path.slice(ruleFolder.length + 1));
  return rules.flatMap((rule) => {
    const [, uid, name] = /^pulumi-kvm:([a-z2-7]+):(\S+)/.exec(rule.comment) ?? [];
    const file = names.find((one) => one.replace(/^\d+-[A-Za-z]+\./, "") === `${name}.${uid}`);
    return file === undefined ? [] : [{ file, rule }];
  });
}

/** The rules of all resources after this one has other rules. */
export function placedAfter(want: RuleWant, wish: Wish, facts: RuleFacts, rules = wish.rules): PlacedRule[] {
  const id = resourceId(want, wish);
  const others = placedRules(facts).filter(({ file }) => !file.endsWith(`-${id}`));
  const own = rules.map((rule) => ({ ...rule, comment: commentOf(want), other: [], text: "" }));
  return [...others, ...own.map((rule) => ({ file: fileNameOf(want, wish), rule }))];
}

/** The files decide the order of the rules in a chain, by their names. */
export function fileNameOf(want: RuleWant, wish: Wish): string {
  return `${placeOf(wish)}-${resourceId(want, wish)}`;
}

function placeOf({ order }: Wish): string {
  return String(order).padStart(3, "0");
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

/**
 * An nft comment has at most 127 bytes, and neither tool can escape a quote. So the name identifies the resource, not
 * the path.
 */
function commentOf(want: RuleWant): string {
  const readable = `${want.host.stack ?? ""} ${want.path}`.replaceAll(/[^A-Za-z0-9_./ -]/g, "_");
  return `pulumi-kvm:${want.host.uid}:${want.name} ${readable}`.slice(0, 120).trim();
}

function fileOf(want: RuleWant, { rules }: Wish, backend: FirewallBackendName): string {
  const { render } = firewallBackend(backend);
  return rules.map((rule) => `${render(canonicalMatch(rule), commentOf(want))}\n`).join("");
}

/** Identifies the resource in the name of its file. */
function resourceId(want: RuleWant, { kind }: Wish): string {
  return `${kind}.${want.name}.${want.host.uid}`;
}

function missingTool(name: FirewallBackendName | undefined): Problem {
  const wished = name === undefined ? firewallBackends : [firewallBackend(name)];
  const lacks = wished.length > 1 ? "has neither" : "does not have";
  const [commands, packages] = [wished.map(({ command }) => command), wished.map((backend) => backend.package)];
  return firewallErrors.missingTool(
    `the host ${lacks} ${commands.join(" nor ")}. Install the package ${packages.join(" or ")}`,
  );
}
