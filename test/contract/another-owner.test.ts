import assert from "node:assert/strict";
import { absent } from "../../provider/core/actual";
import type { HostRef } from "../../provider/core/host-ref";
import type { Kind, Wanted } from "../../provider/core/kind";
import { kindOf } from "../../provider/kinds";
import { viewOf } from "../../provider/reconcile/host-view";
import { absentPlan, factsOf } from "../../provider/reconcile/reconcile";
import { transportTo } from "../fake/transport";
import { cases } from "./cases";
import { type Properties, Refusal } from "./engine";
import { openSite, type Site } from "./site";

/**
 * Two stacks on one host. The second stack wants what the first one has. The test runs for each kind of the registry
 * with its case in cases.ts.
 */
describe("an object of another stack", () => {
  let site: Site;
  let anna: HostRef;
  let ben: HostRef;
  before(async () => {
    site = await openSite();
    anna = (await site.host()).host as unknown as HostRef;
    ben = (await hostOf("net/ben")).host as unknown as HostRef;
  });
  after(() => site.close());

  async function hostOf(stack: string): Promise<Properties> {
    const { inputs } = await site.engine.check("Host", {}, { path: "tower", host: { name: "tower", stack } });
    return (await site.engine.create("Host", inputs)).outs;
  }

  /** Everything on the host except the records of the second stack. */
  const onHost = () => ({
    files: ["etc", "var", "proc"]
      .flatMap((folder) => site.machine.files(folder))
      .filter((file) => !file.includes(ben.uid))
      .map((file) => [file, site.machine.read(file)]),
    links: site.machine.links(),
    rules: site.machine
      .files("fake")
      .filter((file) => /-save$|routes$|enabled$|active$/.test(file))
      .map((file) => [file, site.machine.read(file)]),
  });

  /** How the second stack sees the object, and how it would delete it. */
  async function seenBy(host: HostRef, kind: Kind, want: Wanted) {
    const view = viewOf(host, async () => transportTo(site.machine));
    const seen = await view.observeAnew(factsOf(kind, want));
    return { actual: kind.actual(want, seen), absent: kind.absent(want, seen), plan: absentPlan(kind, want, seen) };
  }

  async function wanted(kind: string, host: HostRef, path: string, args: Properties): Promise<Properties> {
    const { inputs, failures } = await site.engine.check(kind, {}, { host, path, ...args });
    assert.deepEqual(failures, []);
    return inputs;
  }

  // The machine belongs to no stack, and a Probe makes nothing.
  const ofNobody = ["Host", "Probe"];

  for (const [name, { args, seed }] of Object.entries(cases).filter(([name]) => !ofNobody.includes(name))) {
    it(`${name}: is not treated as our own object: it is not recorded and not deleted`, async () => {
      seed?.(site.machine);
      const hers = await wanted(name, anna, `lab/${name.toLowerCase()}`, args);
      const made = await site.engine.create(name, hers);
      const his = await wanted(name, ben, `lab/${name.toLowerCase()}`, { ...args, name: hers.name });
      const before = onHost();

      assert.deepEqual(await seenBy(ben, kindOf(name), his as unknown as Wanted), {
        actual: absent,
        absent: [],
        plan: [],
      });
      const engine = await site.nextRun();
      const answer = await engine.create(name, his).catch((error: unknown) => error);
      if (answer instanceof Refusal)
        assert.equal(answer.partial, undefined, "the state gets nothing of what is refused");
      const { outs = his } = answer as { outs?: Properties };
      await engine.delete(name, String(his.name), outs);
      await engine.close();
      assert.deepEqual(onHost(), before);
      await site.engine.delete(name, made.id, made.outs);
      const { actual } = await seenBy(anna, kindOf(name), hers as unknown as Wanted);
      assert.equal(actual, absent, "its owner can still take it away");
    });
  }
});
