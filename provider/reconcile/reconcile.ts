import { actualArguments } from "../core/actual";
import { cancelled } from "../core/cancellation";
import { CommandFailed, Refused, unable } from "../core/errors";
import type { Fact, Touched } from "../core/fact";
import type { Change, DeleteLink, Facts, Kind, Plan, Run, Step, Wanted } from "../core/kind";
import { printableLine, tell } from "../core/printable";
import { coded, type Problem } from "../core/problem";
import { text } from "../core/shell";
import { type BootPlans, bootFiles, bootPlan, isPersistent, noBootPlan } from "../host-state/boot-script";
import { manifestPath, manifestPlan, noManifestPlan } from "../host-state/manifest";
import { ownerPath } from "../host-state/owner-record";
import { type Records, records } from "../host-state/records.fact";
import { machineId } from "../kinds/host/machine-id.fact";
import { reconcileErrors } from "./errors";
import type { HostView, Seen } from "./host-view";

/**
 * observe → plan → apply → observe again. The same loop creates, changes, repairs and deletes. Afterwards the plan must
 * be empty. If it is not, the observation was stale, and the loop plans once more.
 */

/** All facts of a resource: its own, our records, and the identity of the machine. */
export function factsOf(kind: Kind, want: Wanted): Facts {
  return { ...kind.facts(want), records, machineId };
}

/** Creates or changes it. @returns the facts with which nothing is left to do */
export function ensure(view: HostView, kind: Kind, want: Wanted): Promise<Seen> {
  return reconcileLoop({ view, kind, want, verb: "create", planOf: (seen) => presentPlan(kind, want, seen) });
}

/** Deletes it. It may be absent already. */
export function remove(view: HostView, kind: Kind, want: Wanted): Promise<Seen> {
  return reconcileLoop({ view, kind, want, verb: "delete", planOf: (seen) => absentPlan(kind, want, seen) });
}

/** Removes our record of it, and leaves the object on the host. */
export function disown(view: HostView, kind: Kind, want: Wanted): Promise<Seen> {
  return reconcileLoop({
    view,
    kind,
    want,
    verb: "disown",
    planOf: (seen) => noManifestPlan(kind, want, seen.records as Records),
  });
}

/** The arguments as they are on the host, and the outputs. Undefined when the object is absent. */
export function describe(kind: Kind, want: Wanted, seen: Seen) {
  const actual = actualArguments(kind.actual(want, seen));
  if (!actual) return undefined;
  const promised = want.persistent === true && kind.boot !== undefined;
  const persistent = promised && isPersistent(kind, want, atBoot(kind, want, seen), seen.records as Records);
  return {
    actual: { ...want, ...actual, ...(promised && { persistent }) } as Wanted,
    outputs: inLines(kind.outputs(want, seen)) as Record<string, unknown>,
  };
}

/** Outputs end up in files and terminals, so that each text is one printable line, whatever the host replied. */
function inLines(value: unknown): unknown {
  if (typeof value === "string") return printableLine(value);
  if (Array.isArray(value)) return value.map(inLines);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inLines(inner)]));
}

export function presentPlan(kind: Kind, want: Wanted, seen: Seen): Plan {
  const own = seen.records as Records;
  const plan = kind.plan(want, seen);
  if (kind.readOnly || kind.noManifest) return plan;
  const [now, later] = splitAtWait(plan);
  return [...manifestPlan(kind, want, own), ...now, ...bootPlan(kind, want, atBoot(kind, want, seen), own), ...later];
}

export function absentPlan(kind: Kind, want: Wanted, seen: Seen): Plan {
  const own = seen.records as Records;
  const [now, later] = splitAtWait(kind.absent(want, seen));
  const forget = later.length > 0 ? [] : noManifestPlan(kind, want, own);
  return [...noBootPlan(kind, want, own), ...now, ...later, ...forget];
}

/** What is being brought about, and by which plan. */
interface Aim {
  view: HostView;
  kind: Kind;
  want: Wanted;
  verb: string;
  planOf: (seen: Seen) => Plan;
  /** What was said already: each round plans anew, and would say it again. */
  said?: Set<string>;
}

const rounds = 12;

async function reconcileLoop(aim: Aim): Promise<Seen> {
  const facts = factsOf(aim.kind, aim.want);
  // What only observes is a proof of this moment, whatever another one has seen before.
  const first = await (aim.kind.readOnly ? aim.view.observeAnew(facts) : aim.view.observe(facts));
  let seen = await outlastRefusal(aim, facts, first);
  let plan = aim.planOf(seen);
  for (let round = 0; plan.length > 0 && round < rounds; round++) {
    const refused = plan.find((step) => step.does === "refuse");
    if (refused) throw round === 0 ? new Refused(titled(aim, refused)) : failed(aim, refused);
    await apply(aim, plan, seen);
    seen = await reached(aim, plan);
    plan = aim.planOf(seen);
    if (plan.length === 1 && isGivenUp(plan.at(-1))) return seen;
  }
  if (plan.length > 0)
    throw failed(aim, reconcileErrors.notReached(`after ${rounds} attempts the host still needs: ${inWords(plan)}`));
  return seen;
}

/** Looks again while the plan refuses for a reason that another resource of this run may remove. */
async function outlastRefusal(aim: Aim, facts: Facts, first: Seen): Promise<Seen> {
  const began = performance.now();
  for (let seen = first; ; seen = await aim.view.observeAnew(facts)) {
    const refusal = aim.planOf(seen).find((step) => step.does === "refuse");
    const end = began + (refusal?.patienceSeconds ?? 0) * 1000;
    if (performance.now() >= end || cancelled.aborted) return seen;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function apply(aim: Aim, plan: Plan, seen: Seen): Promise<void> {
  for (const step of plan) if (step.does === "warn") sayOnce(aim, coded(step));
  for (const step of plan) if (step.does === "put") await aim.view.put(step);
  for (const part of inTurn(plan)) await (isChange(part) ? aim.view.change(part) : commit(aim, part, seen));
}

function sayOnce(aim: Aim, text: string): void {
  aim.said ??= new Set();
  if (!aim.said.has(text)) tell(`${titleOf(aim)}: ${text}`);
  aim.said.add(text);
}

type Part = Change | readonly (Run | DeleteLink)[];

/** Steps that go to the host in one commit. A change of its network stands alone. */
function inTurn(plan: Plan): Part[] {
  const parts: (Change | (Run | DeleteLink)[])[] = [];
  for (const step of plan) {
    const last = parts.at(-1);
    if (step.does === "change") parts.push(step);
    else if (step.does !== "run" && step.does !== "deleteLink") continue;
    else if (last && !isChange(last)) last.push(step);
    else parts.push([step]);
  }
  return parts;
}

function isChange(part: Part): part is Change {
  return "does" in part;
}

async function commit(aim: Aim, member: readonly (Run | DeleteLink)[], seen: Seen): Promise<void> {
  const { kind, want } = aim;
  const result = await aim.view.commit(member, factsOf(kind, want), touchedBy(kind, want, seen));
  if (result.code === 0) return;
  const step = member[result.at];
  const what = step ? describeStep(step) : "the script";
  const failure = (step?.does === "run" && step.failure) || reconcileErrors.commandFailed;
  throw failed(aim, failure(`${what} failed (exit ${result.code}): ${result.output || "no output"}`));
}

/** What a commit changes, with our own records. Undefined when the kind does not tell it. */
function touchedBy(kind: Kind, want: Wanted, seen: Seen): Touched | undefined {
  const files = [ownerPath(want.host), manifestPath(kind, want), ...bootFiles(kind, want)];
  return kind.touches && { ...kind.touches(want, seen), records: files };
}

/**
 * The facts after a plan. After a plan that ends in a wait: those with which the plan is another one, or those at the
 * time limit. While it waits, it fetches only the facts that the wait looks at.
 */
async function reached(aim: Aim, plan: Plan): Promise<Seen> {
  const facts = factsOf(aim.kind, aim.want);
  const wait = plan.at(-1);
  if (wait?.does !== "wait") return aim.view.observe(facts);
  const began = performance.now();
  const end = began + wait.seconds * 1000;
  const telling = Object.fromEntries(
    [...wait.looksAt, "machineId"].map((name) => [name, facts[name] as Fact<unknown>]),
  );
  let seen = await aim.view.observeAnew(facts);
  for (let isWhole = true; ; isWhole = false) {
    const [next, ...more] = aim.planOf(seen);
    if (next?.does !== "wait" || next.for !== wait.for || more.length > 0)
      return isWhole ? seen : aim.view.observeAnew(facts);
    if (cancelled.aborted) {
      throw failed(aim, reconcileErrors.interrupted(`${wait.for}: interrupted. ${next.otherwise}`));
    }
    if (performance.now() > end) {
      if (next.optional) return seen;
      throw failed(aim, wait.failure(`${wait.for}: not within ${wait.seconds} s. ${next.otherwise}`));
    }
    await new Promise((resolve) => setTimeout(resolve, pause(performance.now() - began)));
    seen = { ...seen, ...(await aim.view.observeAnew(telling)) };
  }
}

/** Each look costs CPU time on the host, which guests that boot under emulation need. */
function pause(waited: number): number {
  return Math.min(3000, Math.max(500, waited / 20));
}

/** Whether an optional wait has reached its time limit. */
function isGivenUp(step: Step | undefined): boolean {
  return step?.does === "wait" && step.optional === true;
}

/**
 * The plan on a host that has just booted: files are there, everything else is absent. After it, the plans of earlier
 * versions.
 */
function atBoot(kind: Kind, want: Wanted, seen: Seen): BootPlans {
  const facts = kind.facts(want) as Record<string, Fact<unknown>>;
  const fresh = Object.entries(facts).map(([name, fact]) => [
    name,
    "afterReboot" in fact ? fact.afterReboot : seen[name],
  ]);
  const booted = Object.fromEntries(fresh);
  return [kind.plan(want, booted), ...(kind.earlierBoot?.(want, booted) ?? [])];
}

function splitAtWait(plan: Plan): [Plan, Plan] {
  const at = plan.findIndex((step) => step.does === "wait");
  return at < 0 ? [plan, []] : [plan.slice(0, at), plan.slice(at, at + 1)];
}

function inWords(plan: Plan): string {
  return plan.map(describeStep).join("; ");
}

function describeStep(step: Step): string {
  if (step.does === "run") return step.purpose || firstLine(text(step.command));
  if (step.does === "deleteLink") return `delete ${step.name}`;
  if (step.does === "put" || step.does === "change") return step.purpose;
  return step.does === "wait" ? step.for : step.text;
}

function firstLine(command: string): string {
  return command.split("\n")[0] ?? "";
}

function titleOf({ kind, want }: Aim): string {
  return `${kind.name} ${want.path} on ${want.host.name}`;
}

function failed(aim: Aim, problem: Problem): CommandFailed {
  return new CommandFailed(titled(aim, problem));
}

function titled({ kind, want, verb }: Aim, { code, text }: Problem): Problem {
  return { code, text: unable(verb, kind.name, want.path, want.host.name, text) };
}
