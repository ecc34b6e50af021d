import assert from "node:assert/strict";
import {
  CommandFailed,
  HostUnreachable,
  isMendable,
  PartiallyApplied,
  presentable,
  retold,
  UserError,
  unable,
} from "../../../provider/core/errors";
import { errors } from "../../../provider/core/problem";

const { toy } = errors("Toys", "KVM00", { toy: { code: "KVM0001", title: "t", cause: "c", remedy: "r" } });

/** Prints an error as the dynamic provider's process does when check, diff, read or delete throw it. */
const printed = (error: Error) => `${error}: ${error.stack}`;

const mendable = [
  new UserError(toy("m")),
  new HostUnreachable(toy("m")),
  new CommandFailed(toy("m")),
  new PartiallyApplied(toy("m"), "web", {}),
];

describe("an error that leaves the provider", () => {
  it("is an Error for any thrown value", () => {
    for (const thrown of ["text", undefined, null, 0, { a: 1 }, Symbol("s"), 1n]) {
      assert.ok(presentable(thrown) instanceof Error, String(thrown));
    }
    assert.equal(presentable("text").message, "text");
  });

  it("shows only its text when a user can fix it", () => {
    for (const error of mendable) {
      assert.equal(isMendable(error), true);
      assert.equal(presentable(error), error);
      assert.equal(printed(error), "m [KVM0001]: ");
      assert.equal(error.code, "KVM0001");
    }
  });

  it("shows its stack when it is a bug", () => {
    const bug = presentable(new TypeError("oops"));
    assert.equal(isMendable(bug), false);
    assert.match(printed(bug), /^TypeError: oops: TypeError: oops\n\s+at .*errors\.test/);
  });

  it("has no control characters in its text, stack and reasons", () => {
    const partial = presentable(new PartiallyApplied(toy("\u001b[2Jhalf\u202e"), "web", {})) as PartiallyApplied;
    assert.deepEqual([printed(partial), partial.reasons], ["half\ufffd [KVM0001]: ", ["half\ufffd [KVM0001]"]]);
    assert.ok(!printed(presentable(new TypeError("\u001b[2Joops"))).includes("\u001b"));
    assert.equal(presentable("\u009b2Jtext").message, "text");
  });

  it("stays the same when it passes through several times", () => {
    const dead = new HostUnreachable(toy("no answer"));
    for (let i = 0; i < 3; i++) assert.equal(printed(presentable(dead)), "no answer [KVM0001]: ");
  });

  it('has an id only when a part exists on the host, because the engine takes any id for "partially created"', () => {
    const partial = presentable(new PartiallyApplied(toy("half"), "web", { mtu: 1500 })) as PartiallyApplied;
    assert.deepEqual([partial.id, partial.properties, partial.reasons], ["web", { mtu: 1500 }, ["half [KVM0001]"]]);
    const foreign = Object.assign(new Error("from a library"), { id: "ffff" });
    const shown = presentable(foreign);
    assert.deepEqual(["id" in shown, shown.message, shown.stack], [false, "from a library", foreign.stack]);
  });
});

describe("an error with a new text", () => {
  it("keeps its class and its properties, and does not change the original", () => {
    const first = new HostUnreachable(toy("no answer"), { retryable: true });
    const [one, other] = [retold(first, "one"), retold(first, "other")];
    assert.deepEqual([first.message, one?.message, other?.message], ["no answer", "one", "other"]);
    assert.deepEqual([first.code, one?.code, other?.code], Array(3).fill("KVM0001"));
    assert.ok(one instanceof HostUnreachable && one.retryable && one.name === "HostUnreachable");
    assert.equal(printed(presentable(one)), "one [KVM0001]: ");
  });
});

it("an error says what failed, for which resource, on which host, and why", () => {
  assert.equal(
    unable("create", "Tap", "lab/web", "tower", "no room."),
    "Unable to create Tap lab/web on tower: no room.",
  );
});
