import assert from "node:assert/strict";
import fc from "fast-check";
import { actualArguments } from "../../../provider/core/actual";
import { CommandFailed, isMendable, presentable } from "../../../provider/core/errors";
import type { Fact } from "../../../provider/core/fact";
import type { Kind, Plan, Step, Wanted } from "../../../provider/core/kind";
import { isPrintable, tell } from "../../../provider/core/printable";
import { sh, text } from "../../../provider/core/shell";
import { type Seen, viewOf } from "../../../provider/reconcile/host-view";
import { absentPlan, describe as describeResource, presentPlan } from "../../../provider/reconcile/reconcile";
import { fakeMachine } from "../../fake/machine";
import { transportTo } from "../../fake/transport";
import { tower } from "../support/given";
import { hostileText, inheritedNames, spoilings, spoilt, textsIn } from "../support/hostile";
import { allSituations, type Situation } from "../support/situations";

describe("a hostile reply", function () {
  this.timeout(120_000);
  let situations: Situation[];
  before(async () => {
    situations = await allSituations();
  });

  it("is parsed, or fails as a CommandFailed that names the fact and the host", async () => {
    const machine = fakeMachine();
    const view = viewOf(tower, async () => transportTo(machine));
    const asked = situations.flatMap(({ asked }) => asked);
    const reply = (fact: Fact<unknown>, output: string): Fact<unknown> => ({
      ...fact,
      command: sh`printf %s ${output.replaceAll("\0", "")}`,
    });
    const seenTo: unknown[] = [];
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), spoilings, async (which, sample, ways) => {
        const chosen = asked.filter((_, i) => (i + which) % 4 === 0);
        const ends = await Promise.allSettled(
          chosen.map(({ fact, replies }) => {
            const output = spoilt(replies[sample % replies.length] ?? "", ways);
            return view.observe({ fact: reply(fact, output) });
          }),
        );
        ends.forEach((end, i) => {
          if (end.status === "fulfilled") return;
          seenTo.push(end.reason);
          const error = presentable(end.reason);
          assert.ok(error instanceof CommandFailed, error.stack);
          assert.ok(error.message.includes(` the ${chosen[i]?.fact.name} of tower: `), error.message);
          assert.ok(isShown(error.message), JSON.stringify(error.message));
        });
      }),
      { numRuns: 40 },
    );
    machine.remove();
    assert.ok(seenTo.length > 10, "few replies were wrong");
  });

  it("puts no control character into an output, an actual argument, a warning or a refusal", () => {
    const said = console.error;
    const shown: string[] = [];
    console.error = (line: string) => shown.push(line);
    try {
      fc.assert(
        fc.property(fc.nat(), fc.nat(), spoilings, (which, sample, ways) => {
          const { kind, want, asked } = situations[which % situations.length] as Situation;
          const seen = seenIn(asked, (replies) => spoilt(replies[sample % replies.length] ?? "", ways));
          const found = withoutBugs(() => describeResource(kind, want, seen));
          for (const text of textsIn(found?.outputs)) assert.ok(isPrintable(text), JSON.stringify(text));
          const own = new Set(textsIn(want));
          for (const text of textsIn(found?.actual))
            assert.ok(own.has(text) || isPrintable(text), JSON.stringify(text));
          for (const planOf of [presentPlan, absentPlan])
            for (const step of withoutBugs(() => planOf(kind, want, seen)) ?? []) shown.push(...textsOf(step));
          for (const text of shown.splice(0)) assert.ok(isShown(text), JSON.stringify(text));
        }),
        { numRuns: 1000 },
      );
    } finally {
      console.error = said;
    }
  });

  it("never becomes part of a command, except a mark, a path or a desired name", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const reply = JSON.stringify([{ ifname: "t1", mtu: 1500, flags: ["UP"], master: text }]);
        const { kind, want, asked } = situations.find(({ want }) => want.name === "web") as Situation;
        const seen = seenIn(asked, (replies, key) => (key === "links" ? reply : (replies[0] ?? "")));
        const { linkLocal, ssh = "" } = kind.outputs(want, seen) as { linkLocal?: string; ssh?: string };
        if (linkLocal !== undefined) assert.match(linkLocal, /^fe80::[0-9a-f:]+%[^\s/:\p{Cc}]{1,15}$/u);
        assert.ok(!/[\s;`$|&<>]/.test(ssh.replaceAll(/'[^']*'|\\'/g, "").replaceAll(" ", "")), ssh);
      }),
      { numRuns: 1000 },
    );
  });

  it("gives names only in objects without a prototype, or in Maps", () => {
    const found = new Set<string>();
    for (const { fact, replies } of situations.flatMap(({ asked }) => asked))
      for (const reply of replies)
        for (const word of new Set(reply.match(/[a-z]\w*/gi)))
          for (const { keys, isMap } of objectsIn(
            withoutError(() => fact.parse(reply.replaceAll(word, "constructor"))),
          ))
            if (keys.some((key) => key.includes("constructor"))) found.add(`${isMap ? "" : "usual: "}${fact.name}`);
    assert.deepEqual(
      [...found].filter((one) => one.startsWith("usual: ")),
      [],
    );
    assert.ok(found.size > 6, [...found].join());
  });

  it("may contain a name that every JavaScript object inherits", () => {
    let tried = 0;
    for (const { kind, want, asked } of situations) {
      for (const name of inheritedNames) {
        const other = `x${name.slice(1)}`.replaceAll("_", "x");
        const as = (own: string) => renamed(kind, want, own);
        if (!kind.schema.safeParse(as(name)).success || want.name === undefined) continue;
        tried++;
        const here = seenIn(asked, (replies) => replies[0] ?? "");
        const booted = Object.fromEntries(asked.map(({ key, fact }) => [key, fact.afterReboot ?? here[key as never]]));
        for (const seen of [here, { ...here, ...booted }])
          assert.deepEqual(
            JSON.parse(JSON.stringify(answers(kind, as(name), seen)).replaceAll(name, other)),
            JSON.parse(JSON.stringify(answers(kind, as(other), seen))),
            `${kind.name} ${name}`,
          );
      }
    }
    assert.ok(tried > 20, `${tried}`);
  });
});

/** The facts of the replies. A fact that cannot be parsed comes from a valid reply. */
function seenIn(asked: Situation["asked"], replyOf: (replies: string[], key: string) => string): Seen {
  const found = asked.map(({ key, fact, replies }) => {
    const reply = replyOf(replies, key);
    try {
      return [key, fact.parse(reply)];
    } catch {
      return [key, fact.parse(replies[0] ?? "")];
    }
  });
  return { ...Object.fromEntries(found), connection: { hostKey: "ssh-ed25519 AAAA" } } as Seen;
}

/** An error that a user can mend is no bug. Another test checks its text. */
function withoutBugs<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isMendable(error)) return undefined;
    throw error;
  }
}

function withoutError<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** All objects in a value, and whether their keys may be names from a host. */
function objectsIn(value: unknown): { keys: string[]; isMap: boolean }[] {
  if (typeof value !== "object" || value === null) return [];
  if (value instanceof Map) return [...value.values()].flatMap(objectsIn);
  const own = { keys: Object.keys(value), isMap: Object.getPrototypeOf(value) === null };
  return [own, ...Object.values(value).flatMap(objectsIn)];
}

/** The texts of a step as the operator sees them: warnings are printed, refusals are errors. */
function textsOf(step: Step): string[] {
  if (step.does === "warn") tell(step.text);
  const problem = step.does === "refuse" ? step : step.does === "wait" ? step.failure(step.otherwise) : undefined;
  return problem ? [presentable(new CommandFailed(problem)).message] : [];
}

function isShown(text: string): boolean {
  return isPrintable(text.replaceAll(/[\n\t]/g, ""));
}

/** The resource under another name. No seed, because it has the name in base64, where it cannot be compared. */
function renamed(kind: Kind, want: Wanted, name: string): Wanted {
  const nics = [{ tap: name, macAddress: "52:54:00:00:00:01", link: true }];
  const others = { Guest: { disks: [name], nics, cloudInit: undefined }, Tap: { bridge: name } };
  return { ...want, ...(kind.name in others && others[kind.name as keyof typeof others]), name };
}

function answers(kind: Kind, want: Wanted, seen: Seen) {
  const shown = (plan: Plan) => plan.map((step) => (step.does === "run" ? [step.purpose, text(step.command)] : step));
  return {
    actual: actualArguments(kind.actual(want, seen)) ?? null,
    outputs: kind.outputs(want, seen),
    plan: shown(kind.plan(want, seen)),
    absent: shown(kind.absent(want, seen)),
    keeps: kind.retainReason?.(want, seen) ?? null,
  };
}
