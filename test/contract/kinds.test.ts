import assert from "node:assert/strict";
import { kindOf } from "../../provider/kinds";
import { cases } from "./cases";
import type { Engine, Properties } from "./engine";
import { openSite, type Site } from "./site";

/** Every kind from check to delete, as Pulumi calls it. Tests of the host layer check the effect on a real host. */
describe("a kind, through Pulumi's own process", () => {
  let site: Site;
  let host: Properties;
  before(async () => {
    site = await openSite();
    host = (await site.host()).host;
  });
  after(() => site.close());

  /** Everything that a resource could leave behind. */
  const leftovers = () => ({
    files: ["etc", "var", "proc"]
      .flatMap((folder) => site.machine.files(folder))
      .filter((file) => !file.startsWith("/var/lib/pulumi-kvm/owners/")) // they are deleted with the Host
      .map((file) => [file, site.machine.read(file)]),
    links: site.machine.links(),
    rules: site.machine
      .files("fake")
      .filter((file) => /-save$|routes$|enabled$|active$/.test(file) && site.machine.read(file) !== ""),
  });

  for (const [name, { args, change, seed }] of Object.entries(cases)) {
    // The tests of Host use their own owner, beside that of the other kinds.
    const on = () => (name === "Host" ? { name: "tower", stack: "net/other" } : host);
    const news = (more: Properties = {}) => ({ host: on(), path: `lab/${name.toLowerCase()}`, ...args, ...more });
    const id = (inputs: Properties) => String(inputs.name);

    it(`${name}: is created, refreshed, updated and deleted, and leaves nothing`, async () => {
      seed?.(site.machine);
      const before = leftovers();
      const made = await make(site.engine, name, news());
      const engine = await site.nextRun();
      await isAtRest(engine, name, made, news());
      const changed = await alter(engine, name, made, news(change));
      await isAtRest(engine, name, changed, news(change));
      await engine.delete(name, id(changed.inputs), changed.outs);
      await engine.delete(name, id(changed.inputs), changed.outs);
      // A Host that answers is present.
      if (name !== "Host") await isGone(engine, name, changed);
      assert.deepEqual(leftovers(), before);
      await engine.close();
    });
  }

  interface Made {
    inputs: Properties;
    outs: Properties;
  }

  async function make(engine: Engine, kind: string, news: Properties): Promise<Made> {
    const { inputs, failures } = await engine.check(kind, {}, news);
    assert.deepEqual(failures, []);
    const { id, outs } = await engine.create(kind, inputs);
    assert.equal(id, inputs.name);
    holds(outs, inputs);
    return { inputs, outs };
  }

  async function alter(engine: Engine, kind: string, { inputs: olds, outs }: Made, news: Properties): Promise<Made> {
    const { inputs, failures } = await engine.check(kind, olds, news);
    assert.deepEqual(failures, []);
    assert.deepEqual(await engine.diff(kind, outs, inputs).then(({ changes, replaces }) => [changes, replaces]), [
      true,
      [],
    ]);
    const changed = await engine.update(kind, String(inputs.name), outs, inputs);
    holds(changed, inputs);
    return { inputs, outs: changed };
  }

  /** Checks that a preview and a refresh find no change. */
  async function isAtRest(engine: Engine, kind: string, { inputs, outs }: Made, news: Properties): Promise<void> {
    const again = await engine.check(kind, inputs, news);
    assert.deepEqual(again, { inputs, failures: [], named: [] });
    assert.equal((await engine.diff(kind, outs, inputs)).changes, false);
    const found = await engine.read(kind, String(inputs.name), outs, inputs);
    assert.equal(found.id, inputs.name);
    assert.deepEqual(found.outs, outs);
    if (found.inputs && Object.keys(found.inputs).length > 0) assert.deepEqual(found.inputs, inputs);
  }

  /** A deleted object is absent. A Host never counts as absent, because another machine may answer at its address. */
  async function isGone(engine: Engine, kind: string, { inputs, outs }: Made): Promise<void> {
    const found = engine.read(kind, String(inputs.name), outs);
    if (kind === "Host") return assert.rejects(found, /it does not have a record of this stack .*\[KVM3101\]$/);
    if (!kindOf(kind).readOnly) assert.equal((await found).id, "");
  }

  /** Checks that each argument is returned unchanged. */
  function holds(outs: Properties, inputs: Properties): void {
    for (const [key, value] of Object.entries(inputs)) assert.deepEqual(outs[key], value, key);
  }
});
