import assert from "node:assert/strict";
import { absent } from "../../../../provider/core/actual";
import type { HostRef } from "../../../../provider/core/host-ref";
import type { Plan, Wanted } from "../../../../provider/core/kind";
import { mark } from "../../../../provider/core/mark";
import { text } from "../../../../provider/core/shell";
import { manifestPath } from "../../../../provider/host-state/manifest";
import { stateFolder } from "../../../../provider/host-state/paths";
import { kindOf } from "../../../../provider/kinds";
import { viewOf } from "../../../../provider/reconcile/host-view";
import { ensure, factsOf, remove } from "../../../../provider/reconcile/reconcile";
import { type FakeMachine, fakeMachine } from "../../../fake/machine";
import { transportTo } from "../../../fake/transport";
import { checked, tower } from "../../support/given";
import { headOf } from "../../support/image-heads";

describe("the plan of a Disk with a given name", () => {
  const disk = kindOf("Disk");
  const want = checked<Wanted>("Disk", "data", { name: "data", sizeGiB: 1 });
  const there = { data: { bytes: 2 ** 30, written: true } };
  const planned = (records: object) =>
    disk.plan(want, { disks: there, images: {}, guests: {}, machine: { tools: ["qemu-img"] }, records });

  it("takes over a retained disk, which no stack owns", () => {
    assert.deepEqual(planned({}), []);
    assert.deepEqual(planned({ [manifestPath(disk, want)]: "a hash" }), []);
  });

  it("refuses the disk of another stack", () => {
    const theirs = { ...want, host: { ...tower, uid: "zzzzzzzzzz" } };
    assert.deepEqual(planned({ [manifestPath(disk, theirs)]: "a hash" }), [
      {
        ...{ does: "refuse", code: "KVM3201" },
        text: "the disk data exists and belongs to another stack (owner zzzzzzzzzz). Choose another name",
      },
    ]);
  });

  it("refuses to create a disk without an image and without a size", () => {
    const plan = disk.plan({ ...want, sizeGiB: undefined } as Wanted, {
      ...{ disks: {}, images: {}, guests: {}, machine: { tools: ["qemu-img"] }, records: {} },
    });
    assert.deepEqual(plan, [
      { does: "refuse", code: "KVM6103", text: "the disk needs an image, or sizeGiB for an empty disk" },
    ]);
  });

  it("treats the disk of another stack as absent, also when a guest runs on it", () => {
    const theirs = { ...want, host: { ...tower, uid: "zzzzzzzzzz" } };
    const guest = { name: "web", active: "active", description: mark({ ...want, name: "web" }), disks: ["data"] };
    const seen = { disks: there, records: { [manifestPath(disk, theirs)]: "a hash" }, guests: { web: guest } };
    assert.deepEqual(
      [disk.actual(want, seen), disk.absent(want, seen), disk.retainReason?.(want, seen)],
      [absent, [], undefined],
    );
  });

  it("does not treat an inherited property such as constructor as a disk", () => {
    const odd = { ...want, name: "constructor" };
    const seen = { disks: {}, images: {}, guests: {}, machine: { tools: ["qemu-img"] }, records: {} };
    assert.equal(disk.actual(odd, seen), absent);
    assert.deepEqual(disk.absent(odd, seen), []);
    assert.match(JSON.stringify(disk.plan(odd, seen)), /make the disk/);
  });
});

describe("a Disk whose header its guest has written", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  const disk = kindOf("Disk");
  const of = (sizeGiB: number) => checked<Wanted>("Disk", "data", { name: "data", sizeGiB });
  const view = () => viewOf(tower, async () => transportTo(machine));
  const path = `${stateFolder}/disks/data.qcow2`;

  it("grows as a user without rights, who owns the file only for that time", async () => {
    await ensure(view(), disk, of(1));
    await ensure(view(), disk, of(2));
    assert.match(machine.log().join("\n"), /^setpriv --reuid=60999 .* timeout .* qemu-img resize/m);
    assert.ok(!machine.log().some((line) => /^(?!setpriv|qemu-img).*qemu-img/.test(line)));
  });

  it("belongs to root before a guest has started on it, and again after it has grown", async () => {
    machine.command("chown", `echo "chown $*" >>"$FAKE_ROOT/fake/log"`);
    machine.command("stat", `case "$*" in "-c %u:%g "*) echo 0:0 ;; *) exec "$REAL_PATH/stat" "$@" ;; esac`);
    await ensure(view(), disk, of(1));
    await ensure(view(), disk, of(2));
    const turns = machine.log().flatMap((line) => /^(chown \S+|qemu-img \w+)/.exec(machine.outside(line))?.[1] ?? []);
    const alone = (work: string) => ["chown 60999", work, "chown 0:0"];
    assert.deepEqual(turns, [...alone("qemu-img create"), ...alone("qemu-img resize")]);
  });

  it("is not opened when its header names another file as its data or base", async () => {
    await ensure(view(), disk, of(1));
    for (const head of ["data-file.qcow2", "backing-file.qcow2"]) {
      machine.write(path, headOf(head));
      await assert.rejects(
        ensure(view(), disk, of(2)),
        /grow the disk failed .*data\.qcow2: (its data is|it stands) .*file/,
      );
    }
    assert.ok(!machine.log().some((line) => line.includes("qemu-img resize")));
  });

  it("is not created on an image that names another file, even if the image is already in the store", async () => {
    const content = `${"a".repeat(64)}.qcow2`;
    const image = `${stateFolder}/images/${content}`;
    machine.write(image, headOf("data-file.qcow2"));
    await machine.run(`touch -d @0 ${image}`);
    const want = checked<Wanted>("Disk", "data", { name: "data", image: content });
    await assert.rejects(ensure(view(), disk, want), /make the disk failed .*its data is in another file/);
    assert.deepEqual(machine.files(`${stateFolder}/disks`), []);
  });
});

describe("two stacks that create a disk of the same name at the same time", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  it("get one disk, which belongs to the first stack", async () => {
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
  // QEMU lists its open files in any order.
  const on = (path: string, uid = tower.uid) => {
    const description = mark({ host: { ...tower, uid }, path, name: path });
    return { machine, guests: { web: { name: "web", active: "active", description, disks: ["data", "first"] } } };
  };
  const commands = (plan: Plan) =>
    plan.map((step) => (step.does === "run" ? text(step.command) : step.does)).join("\n");

  it("asks QEMU to grow the right drive, according to the start script of the guest", () => {
    const grown = commands(disk.plan(want, { ...facts, ...on("web") }));
    assert.match(
      grown,
      /grep -o 'disk\[0-9\]\*,file=\/var\/lib\/pulumi-kvm\/disks\/data\.qcow2,' \/run\/pulumi-kvm\/web\/started/,
    );
    assert.match(grown, /"block_resize \$drive "2147483648B/);
    assert.match(
      commands(disk.plan(want, { ...facts, machine, guests: {} })),
      /^setpriv --reuid=60999 .* timeout -k 5 60 qemu-img resize -q -f qcow2 .* 2147483648 /m,
    );
  });

  it("refuses to shrink the disk", () => {
    const small = { ...want, sizeGiB: 0.5 };
    assert.match(
      JSON.stringify(disk.plan(small, { ...facts, ...on("web") })),
      /"KVM6101".*1073741824 bytes and cannot shrink/,
    );
  });

  it("waits for a guest that is already powering down", () => {
    const { guests } = on("web");
    const stopping = { machine, guests: { web: { ...guests.web, active: "deactivating" } } };
    assert.equal(commands(disk.absent(want, { ...facts, ...stopping })), "wait");
  });

  it("stops a leftover guest of the same stack before the disk is deleted, and refuses when the guest is of another stack", () => {
    assert.match(commands(disk.absent(want, { ...facts, ...on("web") })), /^systemctl stop --no-block \S+\nwait$/);
    assert.match(
      JSON.stringify(disk.absent(want, { ...facts, ...on("web", "zzzzzzzzzz") })),
      /"KVM6102".*the guest web uses the disk/,
    );
  });
});
