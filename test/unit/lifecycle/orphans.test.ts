import assert from "node:assert/strict";
import type { Wanted } from "../../../provider/core/kind";
import { manifestPath } from "../../../provider/host-state/manifest";
import { ownerPath } from "../../../provider/host-state/owner-record";
import { stateFolder } from "../../../provider/host-state/paths";
import { kindOf, orderOf } from "../../../provider/kinds";
import { sweepOrphans } from "../../../provider/lifecycle/orphans";
import { viewOf } from "../../../provider/reconcile/host-view";
import { ensure } from "../../../provider/reconcile/reconcile";
import { type FakeMachine, fakeMachine } from "../../fake/machine";
import { transportTo } from "../../fake/transport";
import { failure } from "../support/failure";
import { checked, type Given, tower } from "../support/given";

describe("a manifest", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());
  const view = (host = tower) => viewOf(host, async () => transportTo(machine));
  const objects = () => machine.files(stateFolder).filter((file) => !file.startsWith(`${stateFolder}/owners/`));

  it("is on the host before the object, together with the record of its owner", async () => {
    const want = checked<Wanted>("Tap", "lab/web");
    machine.refuse("tuntap");
    await assert.rejects(ensure(view(), kindOf("Tap"), want));
    assert.deepEqual(objects(), [manifestPath(kindOf("Tap"), want)]);
    assert.deepEqual(JSON.parse(machine.read(ownerPath(tower)) ?? ""), { uid: tower.uid, stack: tower.stack ?? "" });
    assert.deepEqual(machine.links(), []);
  });

  it("holds the desired arguments for root alone, without secrets, in a constant order of keys", async () => {
    const args = {
      nics: [{ user: { hostForwards: [{ hostPort: 2222, guestPort: 22 }] }, model: "e1000" }],
      cloudInit: { userData: "password: secret" },
    };
    const want = checked<Wanted>("Guest", "lab/web", args);
    const shuffled = checked<Wanted>("Guest", "lab/web", {
      cloudInit: args.cloudInit,
      nics: [{ model: "e1000", user: { hostForwards: [{ guestPort: 22, hostPort: 2222 }] } }],
    });
    const texts = await Promise.all(
      [want, shuffled].map(async (wish) => {
        const one = fakeMachine();
        // Only the manifest matters here. Without QEMU, the guest itself would be refused.
        const guest = { ...kindOf("Guest"), facts: () => ({}), plan: () => [], actual: () => ({}) };
        await ensure(
          viewOf(tower, async () => transportTo(one)),
          guest,
          wish,
        );
        const path = manifestPath(guest, wish);
        const [text, { stdout }] = [one.read(path), await one.run(`stat -c %a ${path}`)];
        one.remove();
        return [text, stdout];
      }),
    );
    assert.deepEqual(texts[0], texts[1]);
    const [text = "", mode] = texts[0] ?? [];
    assert.equal(mode, "600\n");
    assert.equal((JSON.parse(text).want as Given).name, want.name);
    assert.ok(!text.includes("secret") && !text.includes("tower.example.net"), text);
  });
});

describe("a sweep", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());
  const view = (host = tower) => viewOf(host, async () => transportTo(machine));
  const objects = () => machine.files(stateFolder).filter((file) => !file.startsWith(`${stateFolder}/owners/`));
  const other = { ...tower, uid: "zzzzzzzzzz" };

  it("deletes the leftovers of an interrupted run, and nothing of another owner", async () => {
    const mine = [checked<Wanted>("Tap", "lab/a", { name: "a" }), checked<Wanted>("Tap", "lab/b", { name: "b" })];
    for (const want of mine) await ensure(view(), kindOf("Tap"), want);
    await ensure(view(), kindOf("Bridge"), checked<Wanted>("Bridge", "lab/lan", { name: "lan" }));
    const theirs = checked<Wanted>("Tap", "lab/a", { name: "theirs", host: other });
    await ensure(view(other), kindOf("Tap"), theirs);
    await sweepOrphans(view(), tower);
    assert.deepEqual(machine.links(), ["theirs"]);
    assert.deepEqual(objects(), [manifestPath(kindOf("Tap"), theirs)]);
    assert.equal(machine.files("etc/pulumi-kvm").length, 1);
  });

  it("deletes a manifest whose object was never created", async () => {
    machine.refuse("tuntap");
    await assert.rejects(ensure(view(), kindOf("Tap"), checked<Wanted>("Tap", "lab/a")));
    machine.refuse(undefined);
    await sweepOrphans(view(), tower);
    assert.deepEqual(objects(), []);
  });

  it("does not delete an object that now belongs to another owner", async () => {
    await ensure(view(), kindOf("Tap"), checked<Wanted>("Tap", "lab/a", { name: "a" }));
    await machine.run("ip link set dev a alias theirs");
    await sweepOrphans(view(), tower);
    assert.deepEqual([machine.links(), objects()], [["a"], []]);
  });

  it("keeps a disk that a guest has written to, and reports its path", async () => {
    machine.write("/proc/sys/net/ipv4/ip_forward", "0\n");
    const [data, fresh] = ["data", "fresh"].map((name) => checked<Wanted>("Disk", name, { name, sizeGiB: 1 }));
    for (const want of [data, fresh]) await ensure(view(), kindOf("Disk"), want as Wanted);
    await machine.run(`touch ${stateFolder}/disks/data.qcow2`);
    const { error } = console;
    const said: string[] = [];
    console.error = (text) => said.push(text);
    await sweepOrphans(view(), tower).finally(() => {
      console.error = error;
    });
    assert.deepEqual(objects(), [`${stateFolder}/disks/data.qcow2`]);
    assert.match(
      said.join(),
      /^Disk data on tower: it stays on the host.* Delete \/var\/lib\/pulumi-kvm\/disks\/data\.qcow2.*\[KVM6151\]/,
    );
  });

  it("does nothing on a host without objects", async () => {
    await sweepOrphans(view(), tower);
    assert.deepEqual(objects(), []);
  });

  it("reports an object of a newer version whose kind it does not know", async () => {
    machine.write(
      `${stateFolder}/objects/${tower.uid}/Wormhole.x.json`,
      '{"kind":"Wormhole","want":{"name":"x","path":"x"}}\n',
    );
    await assert.rejects(sweepOrphans(view(), tower), failure("KVM1010", /unknown kind Wormhole: .*Update/));
  });
});

describe("the order of kinds", () => {
  it("puts each kind after the kinds that it needs", () => {
    for (const [below, above] of [
      ["Host", "Bridge"],
      ["Bridge", "Tap"],
      ["Image", "Disk"],
      ["Disk", "Guest"],
      ["Tap", "Guest"],
    ] as const) {
      assert.ok(orderOf(below) < orderOf(above), `${below} before ${above}`);
    }
  });
});
