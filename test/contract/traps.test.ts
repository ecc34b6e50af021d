import assert from "node:assert/strict";
import { unknownValue } from "../../provider/core/unknown";
import { endsWithin } from "../elapsed";
import { type Properties, Refusal } from "./engine";
import { openSite, type Site } from "./site";

/** Each test is about a known trap of Pulumi's dynamic providers. */
describe("the provider", () => {
  let site: Site;
  let host: Properties;
  beforeEach(async () => {
    site = await openSite();
    host = (await site.host()).host;
  });
  afterEach(() => site.close());

  const tap = async (more: Properties = {}) => {
    const { inputs, failures } = await site.engine.check("Tap", {}, { host, path: "lab/web", name: "web", ...more });
    assert.deepEqual(failures, []);
    return inputs;
  };

  it("accepts unknown values, which arrive in check as a text for any type", async () => {
    const { inputs, failures } = await site.engine.check(
      "Tap",
      {},
      { host, path: "lab/web", mtu: unknownValue, bridge: unknownValue },
    );
    assert.deepEqual([failures, inputs.mtu, inputs.bridge], [[], unknownValue, unknownValue]);
    const whole = await site.engine.check("Tap", {}, { host: unknownValue, path: "lab/web" });
    assert.deepEqual([whole.failures, whole.inputs.name], [[], unknownValue]);
    assert.equal((await site.engine.diff("Tap", await tap(), inputs)).changes, true);
  });

  it("names no property in a failure of check, because the engine would print its value", async () => {
    const { failures, named } = await site.engine.check(
      "Tap",
      {},
      { host, path: "lab/web", name: "this-is-a-long-name", colour: 1 },
    );
    assert.equal(failures.length, 2);
    assert.match(
      failures.join(),
      /name: "this-is-a-long-name" is too long: an interface name has at most 15 bytes, and this one has 19 \[KVM1004\]/,
    );
    assert.match(failures.join(), /colour: unknown property\. Known properties: .* \[KVM1001\]/);
    assert.deepEqual(named, []);
  });

  it("returns only JSON, because anything else would fail after the side effects", async () => {
    // Undefined values in the facts (a tap without a bridge, an MTU that was not given) are left out.
    const made = await site.engine.create("Tap", await tap());
    assert.equal("bridge" in made.outs, false);
    assert.deepEqual(
      Object.values(made.outs).filter((value) => value === null || value === undefined),
      [],
    );
    assert.notEqual(made.id, "");
  });

  it("reports a partial update with the actual arguments and the provider text, so that a delete works", async () => {
    const inputs = await tap();
    const made = await site.engine.create("Tap", inputs);
    site.machine.refuse("mtu");
    const news = await tap({ mtu: 1400 });
    const error = await site.engine.update("Tap", "web", made.outs, news).catch((error: Refusal) => error);
    assert.ok(error instanceof Refusal && error.partial);
    assert.match(error.message, /^Unable to .* Tap lab\/web on tower: .*mtu 1400 failed/);
    assert.deepEqual([error.partial.id, error.partial.reasons], ["web", [error.message]]);
    assert.deepEqual({ ...error.partial.properties, mtu: 0, persistent: 0 }, { ...inputs, mtu: 0, persistent: 0 });
    assert.equal(error.partial.properties.mtu, 1500, "as it is, not as it was wished");
    site.machine.refuse(undefined);
    // As the engine continues: the next `up` must update, or a destroy deletes what was reported.
    assert.equal((await site.engine.diff("Tap", error.partial.properties, news)).changes, true);
    await (await site.nextRun()).delete("Tap", "web", error.partial.properties);
    assert.deepEqual(site.machine.links(), []);
  });

  it("reports a partial create with the part that exists", async () => {
    site.machine.refuse("address replace");
    const { inputs } = await site.engine.check(
      "Bridge",
      {},
      { host, path: "lab/lan", name: "br0", addresses: ["10.0.0.1/8"] },
    );
    const error = await site.engine.create("Bridge", inputs).catch((error: Refusal) => error);
    assert.ok(error instanceof Refusal && error.partial);
    assert.deepEqual(
      [error.partial.properties.addresses, error.partial.properties.__provider],
      [[], inputs.__provider],
    );
    await (await site.nextRun()).delete("Bridge", "br0", error.partial.properties);
    assert.deepEqual(site.machine.links(), []);
  });

  it("gives an error no id when nothing was created, because the engine treats any id as a partial success", async () => {
    site.machine.refuse("tuntap");
    const error = await site.engine.create("Tap", await tap()).catch((error: Refusal) => error);
    assert.ok(error instanceof Refusal);
    assert.equal(error.partial, undefined);
    assert.match(
      error.message,
      /^Unable to create Tap lab\/web on tower: make the tap web failed \(exit 2\): RTNETLINK .*\[KVM4002\]/,
    );
  });

  it("gives the error of a refused Host no id: the machine exists, but nothing was created on it", async () => {
    // The host sources this file before it looks for tools, so it finds no tool.
    site.machine.write("/etc/os-release", "ID=bare\ncommand() { false; }\n");
    const args = { host: { name: "tower", stack: "net/dev" }, path: "tower" };
    const engine = await site.nextRun();
    const { inputs } = await engine.check("Host", {}, args);
    const error = await engine.create("Host", inputs).catch((error: Refusal) => error);
    assert.ok(error instanceof Refusal);
    assert.match(error.message, /^Unable to create Host tower on tower: the host does not have .*\[KVM3301\]$/);
    assert.equal(error.partial, undefined);
  });

  it("gives the error of a refused create no id, even if our own object with that name exists", async () => {
    const disk = (sizeGiB: number) => ({ host, path: "data", name: "data", sizeGiB });
    await site.engine.create("Disk", disk(2));
    const error = await (await site.nextRun()).create("Disk", disk(1)).catch((error: Refusal) => error);
    assert.ok(error instanceof Refusal);
    assert.match(
      error.message,
      /^Unable to create Disk data on tower: the disk has \d+ bytes and cannot shrink to \d+ \[KVM6101\]$/,
    );
    assert.equal(error.partial, undefined);
  });

  it("prints a call stack for a bug, but not for an error that a user can fix", async () => {
    const made = await site.engine.create("Tap", await tap());
    site.ssh.die();
    const engine = await site.nextRun();
    await assert.rejects(engine.read("Tap", "web", made.outs), /Unable to read Tap lab\/web on tower: /);
    await assert.rejects(engine.delete("Tap", "web", made.outs), /Unable to delete Tap lab\/web on tower: /);
    await assert.rejects(engine.read("Wormhole", "x", { host, path: "x" }), /unknown kind Wormhole/);
    assert.match(engine.output(), /Unable to read Tap/);
    assert.doesNotMatch(engine.output(), /^\s+at /m);
    const broken = { host, path: "web", name: "web", nics: 7, waitFor: { ssh: true }, running: true };
    await assert.rejects(engine.read("Guest", "web", broken));
    assert.match(engine.output(), /^\s+at /m, "that one is a bug, and its stack is what helps");
  });

  it("refuses an import with a remedy, because an import has only a name", async () => {
    for (const [kind, instead] of [
      ["Bridge", "set adopt: true, which takes the existing object over"],
      ["Image", "give it its arguments"],
      ["Probe", "give it its arguments"],
    ] as const) {
      await assert.rejects(site.engine.read(kind, "br0", {}), (error: Error) => {
        const text = `Unable to import ${kind} br0: its name does not tell the host. Remove the option import, and ${instead} [KVM1008]`;
        assert.equal(error.message.includes(text), true, error.message);
        return true;
      });
    }
    assert.doesNotMatch(site.engine.output(), /^\s+at /m);
  });

  it("refuses an edited state with a value that could become another path or a command", async () => {
    const made = await site.engine.create("Tap", await tap());
    const edited: [Properties, RegExp][] = [
      [{ host: { ...host, uid: "../../x" } }, /the state has an invalid host: uid: invalid owner.*\[KVM1102\]/],
      [
        { host: { ...host, stack: "net\n[Service]" } },
        /the state has an invalid host: stack: must not have a control character/,
      ],
      [{ name: "../../x" }, /the state has an invalid name "\.\.\/\.\.\/x" \[KVM1102\]/],
    ];
    for (const [change, reason] of edited) {
      await assert.rejects(site.engine.delete("Tap", "web", { ...made.outs, ...change }), reason);
      await assert.rejects(site.engine.read("Tap", "web", { ...made.outs, ...change }), reason);
    }
    assert.deepEqual(site.machine.links(), ["web"]);
  });

  it("throws in a refresh when the host is unreachable, and never reports the object as absent", async () => {
    const made = await site.engine.create("Tap", await tap());
    site.ssh.die();
    await assert.rejects((await site.nextRun()).read("Tap", "web", made.outs));
  });

  it("reports a dead host to each of its resources, and waits for it only once", async () => {
    const inputs = await Promise.all(Array.from({ length: 20 }, (_, i) => tap({ path: `lab/t${i}`, name: `t${i}` })));
    site.ssh.die();
    const engine = await site.nextRun();
    const reading = (one: Properties) =>
      engine.read("Tap", String(one.name), one).catch((error: Refusal) => error.message);
    const first = String(await reading(inputs[0] as Properties));
    const others = await endsWithin(20, () => Promise.all(inputs.map(reading)));
    others.forEach((message, i) => {
      assert.equal(message, first.replace("lab/t0", `lab/t${i}`));
    });
  });

  it("handles concurrent first calls with one login and few scripts", async () => {
    const engine = await site.nextRun();
    const wants = await Promise.all(Array.from({ length: 20 }, (_, i) => tap({ path: `lab/t${i}`, name: `t${i}` })));
    const before = [site.ssh.logins(), site.ssh.scripts()] as const;
    const made = await Promise.all(wants.map((want) => engine.create("Tap", want)));
    assert.deepEqual(
      made.map(({ id }) => id),
      wants.map(({ name }) => name),
    );
    assert.equal(site.ssh.logins() - before[0], 1, "one login");
    assert.ok(site.ssh.scripts() - before[1] <= 4, `${site.ssh.scripts() - before[1]} scripts for 20 taps`);
  });

  it("refreshes everything on a host in one round trip", async () => {
    const wants = await Promise.all(Array.from({ length: 20 }, (_, i) => tap({ path: `lab/t${i}`, name: `t${i}` })));
    const made = await Promise.all(wants.map((want) => site.engine.create("Tap", want)));
    const engine = await site.nextRun();
    const before = site.ssh.scripts();
    await Promise.all(made.slice(0, 4).map(({ id, outs }) => engine.read("Tap", id, outs)));
    for (const { id, outs } of made) assert.equal((await engine.read("Tap", id, outs)).id, id);
    assert.equal(site.ssh.scripts() - before, 1);
  });
});

describe("a secret", () => {
  const [password, secret] = ["sudo-pass-4711", "cloud-init-0815"];
  let site: Site;
  before(async () => {
    site = await openSite({ PULUMI_KVM_SUDO_PASSWORD: password, PULUMI_KVM_DEBUG: "1" });
  });
  after(() => site.close());

  it("does not appear in output, in errors, or in files on the host that others can read", async () => {
    const { host } = await site.host();
    const on = { host, path: "lab/lan", name: "lan" };
    await site.engine.create("Bridge", (await site.engine.check("Bridge", {}, on)).inputs);
    const args = { host, path: "lab/web", cloudInit: { userData: `password: ${secret}` }, memoryMiB: 1 };
    const { inputs, failures } = await site.engine.check("Guest", {}, args);
    assert.equal(failures.length, 1);
    const error = await site.engine.create("Guest", { ...inputs, memoryMiB: 512 }).catch((error: Refusal) => error);
    assert.ok(error instanceof Refusal, "there is no QEMU here");
    const files = ["etc", "var", "run"].flatMap((folder) => site.machine.files(folder));
    const readable = files.map((file) => site.machine.read(file));
    const said = [site.engine.output(), ...failures, error.message, JSON.stringify(error.partial ?? {}), ...readable];
    const [, , key = ""] = site.ssh.reach.privateKey.split("\n");
    for (const one of [password, secret, key]) assert.ok(!said.join("\n").includes(one), one);
    assert.match(site.engine.output(), /pulumi-kvm tower: /, "it does print");
    assert.ok(
      files.some((file) => file.includes("owners/")),
      "it does write",
    );
  });
});
