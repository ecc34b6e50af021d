import assert from "node:assert/strict";
import type { Kind, Wanted } from "../../../provider/core/kind";
import { kindOf, kinds } from "../../../provider/kinds";
import { type HostView, viewOf } from "../../../provider/reconcile/host-view";
import { ensure, remove } from "../../../provider/reconcile/reconcile";
import { cases } from "../../contract/cases";
import { type FakeMachine, fakeMachine } from "../../fake/machine";
import { transportTo } from "../../fake/transport";
import { spread } from "../../sample";
import { checked, type Given, tower } from "../support/given";

/**
 * The life of each kind, in which one command on the host fails once: create, change, delete. The verb in which it
 * fails may fail, and then the same verb again succeeds. Afterwards the host is as it is without the failure. So no
 * kind leaves a partial object that its next run treats as an object of another program.
 */
describe("a kind whose command fails once", () => {
  for (const { name } of kinds) {
    it(`${name}: succeeds in the next run, for each command that failed`, async () => {
      const { traces, calls } = await life(name, undefined);
      assert.ok(calls.length > 0 || kindOf(name).readOnly, "no command was counted");
      for (const nth of spread(`failing ${name}`, calls.length, 2)) {
        const failed = await life(name, nth).catch((error) => assert.fail(`${nth}: ${calls[nth - 1]}: ${error}`));
        assert.deepEqual(failed.traces, traces, `command ${nth} failed: ${calls[nth - 1]}`);
      }
    }).timeout(600_000);
  }
});

interface Life {
  /** What is on the host after each verb. */
  traces: Record<string, Record<string, string>>;
  /** The commands that were counted. */
  calls: string[];
}

/** @param nth the command that fails */
async function life(name: string, nth: number | undefined): Promise<Life> {
  const kind = kindOf(name);
  const { args, change, seed } = cases[name] ?? assert.fail(`${name} has no case`);
  const machine = fakeMachine();
  try {
    seed?.(machine);
    const [before, after] = [wanted(kind, args), wanted(kind, { ...args, ...change })];
    machine.failAt(nth);
    const traces: Life["traces"] = {};
    const verbs: [string, (view: HostView) => Promise<unknown>][] = [
      ["create", (view) => ensure(view, kind, before)],
      ["change", (view) => ensure(view, kind, after)],
      ["delete", (view) => remove(view, kind, after)],
    ];
    for (const [verb, work] of verbs) {
      await twice(machine, work);
      traces[verb] = traceOf(machine);
    }
    return { traces, calls: machine.calls() };
  } finally {
    machine.remove();
  }
}

function wanted(kind: Kind, args: Given): Wanted {
  return checked(kind.name, "lab/web", { name: "web", ...args });
}

/** Each try is a run of its own, which knows nothing of the host. */
async function twice(machine: FakeMachine, work: (view: HostView) => Promise<unknown>): Promise<void> {
  const run = () => work(viewOf(tower, async () => transportTo(machine)));
  await run().catch(run);
}

/** The files, links and rules of the machine, by their path. */
function traceOf(machine: FakeMachine): Record<string, string> {
  const files = ["etc", "var", "proc", "sys"].flatMap((folder) => machine.files(folder));
  const rules = machine.files("fake").filter((file) => /-save$|routes$|enabled$|active$/.test(file));
  const contents = [...files, ...rules].map((file): [string, string] => [
    file,
    isRandom.test(file) ? "random" : machine.read(file),
  ]);
  return Object.fromEntries(contents.filter(([file, content]) => !rules.includes(file) || content !== ""));
}

/** Files whose contents no two hosts share: the key of an owner, a seed with that key, and the id of a network change. */
const isRandom = /\/owners\/\w+\.key(\.pub)?$|\/seed\.base64$|\/change(\.boot)?\/id$/;
