import assert from "node:assert/strict";
import { ensure, factsOf, remove } from "../../../provider/converge";
import { stateFolder } from "../../../provider/facts/records";
import type { HostRef, Plan, Wanted } from "../../../provider/kind";
import { kindOf } from "../../../provider/kinds";
import { manifestPath } from "../../../provider/manifest";
import { mark } from "../../../provider/ownership";
import { text } from "../../../provider/shell";
import { viewOf } from "../../../provider/snapshot";
import { type FakeMachine, fakeMachine } from "../../fake/machine";
import { transportTo } from "../../fake/transport";
import { checked, tower } from "./given";

describe("the plan of a Disk whose name is given", () => {
  const disk = kindOf("Disk");
  const want = checked<Wanted>("Disk", "data", { name: "data", sizeGiB: 1 });
  const there = { data: { bytes: 2 ** 30, written: true } };
  const planned = (records: object) =>
    disk.plan(want, { disks: there, images: {}, guests: {}, machine: { tools: ["qemu-img"] }, records });

  it("takes up again what was retained: nobody holds it", () => {
    assert.deepEqual(planned({}), []);
    assert.deepEqual(planned({ [manifestPath(disk, want)]: "a hash" }), []);
  });

  it("refuses another stack's", () => {
    const theirs = { ...want, host: { ...tower, uid: "zzzzzzzzzz" } };
    assert.deepEqual(planned({ [manifestPath(disk, theirs)]: "a hash" }), [
      { does: "refuse", reason: "disk data belongs to another stack (owner zzzzzzzzzz). Choose another name" },
    ]);
  });

  it("sees and removes nothing of another stack's, also when a guest runs on it", () => {
    const theirs = { ...want, host: { ...tower, uid: "zzzzzzzzzz" } };
    const guest = { name: "web", active: "active", description: mark({ ...want, name: "web" }), disks: ["data"] };
    const seen = { disks: there, records: { [manifestPath(disk, theirs)]: "a hash" }, guests: { web: guest } };
    assert.deepEqual(
      [disk.actual(want, seen), disk.absent(want, seen), disk.keeps?.(want, seen)],
      [undefined, [], undefined],
    );
  });

  it("takes no property that every object has for a disk", () => {
    const odd = { ...want, name: "constructor" };
    const seen = { disks: {}, images: {}, guests: {}, machine: { tools: ["qemu-img"] }, records: {} };
    assert.equal(disk.actual(odd, seen), undefined);
    assert.deepEqual(disk.absent(odd, seen), []);
    assert.match(JSON.stringify(disk.plan(odd, seen)), /make the disk/);
  });
});

describe("two stacks that make a disk of one name at the same time", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  it("get one disk, and the stack that came first still owns it", async () => {
    const disk = kindOf("Disk");
    const of = (host: HostRef) => checked<Wanted>("Disk", "data", { host, name: "data", sizeGiB: 1 });
    const [hers, his] = [of(tower), of({ ...tower, uid: "zzzzzzzzzz" })];
    const at = ({ host }: Wanted) => viewOf(host, async () => transportTo(machine));
    const [anna, ben] = [at(hers), at(his)];
    await ben.observe(factsOf(disk, his));
    await ensure(anna, disk, hers);
    await assert.rejects(ensure(ben, disk, his), /make the disk failed .*disk data belongs to another stack/);
    assert.deepEqual(
      machine.files(`${stateFolder}/objects`).filter((file) => file.includes("Disk.")),
      [manifestPath(disk, hers)],
    );
    await remove(ben, disk, his);
    assert.deepEqual(machine.files(`${stateFolder}/disks`), [`${stateFolder}/disks/data.qcow2`]);
    await remove(at(hers), disk, hers);
    assert.deepEqual(machine.files(`${stateFolder}/disks`), []);
  });
});

describe("the plan of a Disk that a guest runs on", () => {
  const disk = kindOf("Disk");
  const want = checked<Wanted>("Disk", "data", { name: "data", sizeGiB: 2 });
  const facts = { disks: { data: { bytes: 2 ** 30, written: true } }, images: {}, records: {} };
  const machine = { tools: ["qemu-img"] };
  // The order in which QEMU holds its files is its own.
  const on = (path: string, uid = tower.uid) => {
    const description = mark({ host: { ...tower, uid }, path, name: path });
    return { machine, guests: { web: { name: "web", active: "active", description, disks: ["data", "first"] } } };
  };
  const commands = (plan: Plan) =>
    plan.map((step) => (step.does === "run" ? text(step.command) : step.does)).join("\n");

  it("asks QEMU to grow the drive that it is, by the script that the guest was started by", () => {
    const grown = commands(disk.plan(want, { ...facts, ...on("web") }));
    assert.match(
      grown,
      /grep -o 'disk\[0-9\]\*,file=\/var\/lib\/pulumi-kvm\/disks\/data\.qcow2,' \/run\/pulumi-kvm\/web\/started/,
    );
    assert.match(grown, /"block_resize \$drive "2147483648B/);
    assert.match(
      commands(disk.plan(want, { ...facts, machine, guests: {} })),
      /^qemu-img resize -q -f qcow2 .* 2147483648$/,
    );
  });

  it("is not cut, whoever asks", () => {
    const small = { ...want, sizeGiB: 0.5 };
    assert.match(
      JSON.stringify(disk.plan(small, { ...facts, ...on("web") })),
      /1073741824 bytes already and cannot shrink/,
    );
  });

  it("waits for a guest that is powering down already", () => {
    const { guests } = on("web");
    const stopping = { machine, guests: { web: { ...guests.web, active: "deactivating" } } };
    assert.equal(commands(disk.absent(want, { ...facts, ...stopping })), "wait");
  });

  it("is removed after a guest of its own stack that a killed run left on it, and under nobody else's", () => {
    assert.match(commands(disk.absent(want, { ...facts, ...on("web") })), /^systemctl stop --no-block \S+\nwait$/);
    assert.match(
      JSON.stringify(disk.absent(want, { ...facts, ...on("web", "zzzzzzzzzz") })),
      /guest web is running on it/,
    );
  });
});
