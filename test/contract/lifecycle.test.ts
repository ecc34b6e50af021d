import assert from "node:assert/strict";
import { providerText } from "../../provider/core/resource";
import type { Engine, Properties } from "./engine";
import { openSite, type Site } from "./site";

/** One resource from its first preview to its end, in the order of the engine. Each test builds on the one before. */
describe("a resource, through Pulumi's own process", () => {
  let site: Site;
  let host: Properties;
  let inputs: Properties;
  let state: Properties;
  let id: string;
  before(async () => {
    site = await openSite();
    host = (await site.host()).host;
  });
  after(() => site.close());

  const args = (more: Properties = {}) => ({ host, path: "lab/web", bridge: "br0", ...more });
  const bare = ({ revision: _revision, ...rest }: Properties) => rest;

  async function checked(news: Properties, olds: Properties = {}, kind = "Tap", engine: Engine = site.engine) {
    const { inputs, failures } = await engine.check(kind, olds, news);
    assert.deepEqual(failures, []);
    return inputs;
  }

  it("is planned without contact to the host", async () => {
    const before = site.ssh.scripts();
    await checked({ host: { name: "nowhere", address: "192.0.2.1", uid: "abcdefghij" }, path: "x" });
    inputs = await checked(args());
    await site.engine.diff("Tap", inputs, inputs);
    assert.equal(site.ssh.scripts(), before);
  });

  it("is created with exactly the state that the next run needs", async () => {
    const lan = { host, path: "lab/lan", name: "br0", addresses: ["192.168.50.1/24"] };
    await site.engine.create("Bridge", await checked(lan, {}, "Bridge"));
    const made = await site.engine.create("Tap", inputs);
    id = made.id;
    state = made.outs;
    assert.equal(id, inputs.name);
    assert.deepEqual(bare(state), inputs);
    assert.equal(state.__provider, providerText("Tap"));
    assert.deepEqual(site.machine.links().sort(), ["br0", id].sort());
  });

  it("is unchanged in the next preview, for any order of its keys", async () => {
    const engine = await site.nextRun();
    const again = await checked(args(), inputs, "Tap", engine);
    assert.deepEqual(again, inputs);
    const reversed = Object.fromEntries(Object.entries(again).reverse());
    assert.deepEqual(await engine.diff("Tap", state, reversed), {
      changes: false,
      replaces: [],
      deleteBeforeReplace: true,
    });
  });

  it("is found by a refresh of another process, with its inputs", async () => {
    const engine = await site.nextRun();
    const found = await engine.read("Tap", id, state, inputs);
    assert.deepEqual([found.id, found.outs, bare(found.inputs ?? {})], [id, state, inputs]);
  });

  it("shows drift in a refresh as inputs, and the next update repairs only the drift", async () => {
    await site.machine.run(`ip link set dev ${id} down`);
    const engine = await site.nextRun();
    const drifted = await engine.read("Tap", id, state, inputs);
    assert.deepEqual(bare(drifted.outs), { ...inputs, up: false });
    assert.deepEqual(bare(drifted.inputs ?? {}), { ...inputs, up: false });
    assert.equal((await engine.diff("Tap", drifted.outs, inputs)).changes, true);
    const asked = site.machine.log().length;
    state = await engine.update("Tap", id, drifted.outs, inputs);
    assert.deepEqual(bare(state), inputs);
    const changes = site.machine
      .log()
      .slice(asked)
      .filter((line) => !/^ip -json/.test(line));
    assert.deepEqual(changes, [`ip link set dev ${id} up`]);
  });

  it("is updated in place for a live argument", async () => {
    const news = await checked(args({ mtu: 1400 }), inputs);
    assert.deepEqual(await site.engine.diff("Tap", state, news), {
      changes: true,
      replaces: [],
      deleteBeforeReplace: true,
    });
    state = await site.engine.update("Tap", id, state, news);
    inputs = news;
    assert.equal(state.mtu, 1400);
    assert.equal(site.machine.read(`/sys/class/net/${id}/mtu`), "1400\n");
  });

  it("is replaced for another argument, and the old object is deleted first", async () => {
    const news = await checked(args({ mtu: 1400, user: "nobody" }), inputs);
    assert.deepEqual(await site.engine.diff("Tap", state, news), {
      changes: true,
      replaces: ["user"],
      deleteBeforeReplace: true,
    });
  });

  it("is found by its arguments alone, as with .get", async () => {
    const found = await (await site.nextRun()).read("Tap", id, undefined, inputs);
    assert.deepEqual([found.id, bare(found.outs)], [id, inputs]);
  });

  it("is adopted when a crash kept it out of the state", async () => {
    const again = await (await site.nextRun()).create("Tap", inputs);
    assert.deepEqual([again.id, bare(again.outs)], [id, inputs]);
  });

  it("has an empty id in a refresh after another program deleted it", async () => {
    await site.machine.run(`ip link delete dev ${id}`);
    const found = await (await site.nextRun()).read("Tap", id, state, inputs);
    assert.equal(found.id, "");
  });

  it("can be deleted when it is already absent", async () => {
    await (await site.nextRun()).delete("Tap", id, state);
    assert.equal(site.machine.files("var/lib").filter((file) => file.includes("Tap.")).length, 0);
  });

  it("is deleted without leftovers", async () => {
    const engine = await site.nextRun();
    const made = await engine.create("Tap", inputs);
    assert.ok(site.machine.links().includes(id));
    await (await site.nextRun()).delete("Tap", id, made.outs);
    assert.deepEqual(site.machine.links(), ["br0"]);
  });

  it("is deleted with its Host, even if no state contains it", async () => {
    const engine = await site.nextRun();
    const lost = await engine.create("Tap", await checked(args({ path: "lab/lost" })));
    assert.ok(site.machine.links().includes(lost.id));
    const found = await engine.read("Host", "tower", { host, path: "tower", name: "tower", packages: "check" });
    assert.equal(found.id, "tower");
    await engine.delete("Host", "tower", found.outs);
    assert.deepEqual(site.machine.links(), []);
    assert.deepEqual(
      [...site.machine.files("var/lib"), ...site.machine.files("etc/pulumi-kvm"), ...site.machine.files("etc/systemd")],
      [],
    );
  });
});
