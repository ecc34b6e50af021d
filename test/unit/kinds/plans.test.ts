import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { actualArguments } from "../../../provider/core/actual";
import type { Fact } from "../../../provider/core/fact";
import type { Kind, Plan, Step, Wanted } from "../../../provider/core/kind";
import { sha256 } from "../../../provider/core/names";
import { coded } from "../../../provider/core/problem";
import { text } from "../../../provider/core/shell";
import { kinds } from "../../../provider/kinds";
import { checkArguments } from "../../../provider/lifecycle/check";
import { firstSituations, fixtureHost, type PlanFixture } from "../support/first-situations";
import { fixturePath, fixturesIn, isUpdated, readFixture, updateFixture } from "../support/fixtures";

/**
 * The plan of each kind in each situation: test/fixtures/plans/<Kind>/<case>.json. UPDATE_FIXTURES=Tap writes the present
 * plans of Tap, and UPDATE_FIXTURES=1 those of all kinds. Read them before you commit them.
 */
for (const kind of kinds) {
  describe(`the plan of a ${kind.name}`, () => {
    it("has fixtures", async () => {
      const folder = `plans/${kind.name}`;
      if (fixturesIn(folder).length === 0 && isUpdated(kind.name))
        for (const [title, situation] of Object.entries(await firstSituations(kind)))
          updateFixture(fixturePath(`${folder}/${title}.json`), completed(kind, situation));
      assert.ok(
        fixturesIn(folder).length > 0,
        `test/fixtures/${folder} has no case. UPDATE_FIXTURES=${kind.name} npm run test:unit writes the first cases, from the test data in test/contract/cases.ts. Read them, and add the situations that only ${kind.name} has`,
      );
    });

    for (const { title, path } of fixturesIn(`plans/${kind.name}`)) {
      it(title, () => {
        const fixture = readFixture<PlanFixture>(path);
        const now = completed(kind, fixture);
        if (isUpdated(kind.name)) updateFixture(path, now);
        else assert.deepEqual(now, fixture);
      });
    }
  });
}

/** The fixture with the present answers of the kind. */
function completed(kind: Kind, fixture: PlanFixture): PlanFixture {
  const { unsaid, ...found } = situation(kind, fixture);
  assert.deepEqual(unsaid, [], "a refresh does not say it");
  return { args: fixture.args, ...(fixture.facts && { facts: fixture.facts }), ...found };
}

/** Warnings about the change itself. All others are about the host, so that each refresh prints them too. */
const ofTheChange = ["KVM4352", "KVM7151", "KVM7152", "KVM7153", "KVM7154"];

type Found = Omit<PlanFixture, "args" | "facts"> & { unsaid: string[] };

function situation(kind: Kind, { args, facts: given = {} }: PlanFixture): Found {
  const { inputs, failures } = checkArguments(kind, {}, { host: fixtureHost, path: "web", ...args });
  if (failures.length > 0) return { failures: failures.map(({ reason }) => reason), unsaid: [] };
  const want = inputs as unknown as Wanted;
  const facts = Object.entries(kind.facts(want) as Record<string, Fact<unknown>>).map(([name, fact]) => {
    if (name === "records") return [name, hashed((given.records ?? {}) as Record<string, string>)];
    assert.ok(name in given || "afterReboot" in fact, `the fixture lacks the fact ${name}`);
    return [name, given[name] ?? fact.afterReboot];
  });
  const seen = Object.fromEntries(facts);
  const actual = actualArguments(kind.actual(want, seen));
  const plan = kind.plan(want, seen);
  const absent = kind.absent(want, seen);
  for (const step of [...plan, ...absent])
    if (step.does === "wait")
      for (const name of step.looksAt) assert.ok(name in seen, `the wait looks at ${name}, which is no fact`);
  const said = plan.flatMap((step) => (step.does === "warn" && !ofTheChange.includes(step.code) ? [coded(step)] : []));
  return {
    unsaid: said.filter((text) => !kind.warns?.(want, seen).some((warning) => coded(warning) === text)),
    steps: shown(plan),
    absent: shown(absent),
    actual: actual ? { ...actual } : null,
  };
}

function hashed(records: Record<string, string>): Record<string, string> {
  const entries = Object.entries(records);
  return Object.fromEntries(
    entries.map(([path, text]) => [path, text.startsWith("= ") ? sha256(text.slice(2)) : text]),
  );
}

function shown(plan: Plan): string[] {
  return plan.map(stepText);
}

function stepText(step: Step): string {
  switch (step.does) {
    case "run": {
      const script = text(step.command);
      execFileSync("sh", ["-n"], { input: script });
      return `${step.purpose}: ${withoutFunctions(script)}`;
    }
    case "deleteLink":
      return `delete the link ${step.name} if its alias is ${step.mark}`;
    case "refuse":
      return `refuse: ${coded(step)}`;
    case "warn":
      return `say: ${coded(step)}`;
    case "wait":
      return `wait: ${step.for}`;
    case "change":
      execFileSync("sh", ["-n"], { input: text(step.stage) });
      execFileSync("sh", ["-n"], { input: text(step.confirm) });
      return `change: ${step.purpose}`;
    default:
      return `put ${step.from} to ${step.to}`;
  }
}

/** Removes the bodies of functions. Tests on a host run them; here only the calls and their arguments matter. */
function withoutFunctions(script: string): string {
  return script.replaceAll(/^( *)\w+\(\) \{\n.*?\n\1\}\n?/gms, "").trim();
}
