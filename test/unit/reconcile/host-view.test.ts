import assert from "node:assert/strict";
import { CommandFailed, HostUnreachable } from "../../../provider/core/errors";
import type { Fact } from "../../../provider/core/fact";
import { run } from "../../../provider/core/kind";
import { sh } from "../../../provider/core/shell";
import { type HostView, viewOf } from "../../../provider/reconcile/host-view";
import { connectionErrors } from "../../../provider/transport/errors";
import { type FakeMachine, fakeMachine } from "../../fake/machine";
import { type FakeTransport, transportTo } from "../../fake/transport";
import { failure } from "../support/failure";
import { tower } from "../support/given";

/** A fact that counts how often it was fetched. */
const looks: Fact<number> = { name: "looks", command: sh`echo x >>/run/looks; wc -l </run/looks`, parse: Number };
const value: Fact<string> = { name: "value", command: sh`cat /run/value 2>/dev/null || :`, parse: (output) => output };
const broken: Fact<string> = { name: "broken", command: sh`[ -e /run/mended ]`, parse: () => "mended" };
const set = (to: string) => [run("set", sh`echo ${to} >/run/value`)];

describe("a fact of a host", () => {
  let machine: FakeMachine;
  let transport: FakeTransport;
  let view: HostView;
  beforeEach(() => {
    machine = fakeMachine();
    transport = transportTo(machine);
    view = viewOf(tower, async () => transport);
  });
  afterEach(() => machine.remove());

  it("is fetched once for all readers, at the same time and later", async () => {
    const first = await Promise.all(Array.from({ length: 100 }, () => view.observe({ looks, value })));
    const later = await view.observe({ looks });
    assert.equal(transport.scripts.length, 1);
    assert.deepEqual([...new Set([...first, later].map((seen) => seen.looks))], [1]);
  });

  it("shares one script with other facts that are requested at the same time", async () => {
    await Promise.all([view.observe({ looks }), view.observe({ value }), view.observe({ also: value })]);
    assert.equal(transport.scripts.length, 1);
  });

  it("is fetched again by observeAnew, and later readers get the new value", async () => {
    await view.observe({ looks });
    assert.equal((await view.observeAnew({ looks })).looks, 2);
    assert.equal((await view.observe({ looks })).looks, 2);
  });

  it("comes with the key of the host", async () => {
    assert.deepEqual((await view.observe({ value })).connection, { hostKey: transport.hostKey });
  });

  it("is fetched by each commit that names it", async () => {
    assert.equal((await view.observe({ value })).value, "");
    await view.commit(set("new"), { value });
    assert.equal((await view.observe({ value })).value, "new");
    assert.equal(transport.scripts.length, 2);
  });

  it("is forgotten by a commit that does not fetch it, because the commit may have changed it", async () => {
    await view.observe({ value, looks });
    await view.commit(set("new"), { looks });
    assert.equal((await view.observe({ value })).value, "new");
  });

  it("is forgotten by a commit whose reply was lost", async () => {
    await view.observe({ value });
    transport.after = () => "the answer is lost";
    await assert.rejects(view.commit(set("new"), { value }), failure("KVM3007", /the reply of the host ends after/));
    transport.after = (stdout) => stdout;
    assert.equal((await view.observe({ value })).value, "new");
  });

  it("is not remembered when its command failed; the others are", async () => {
    await assert.rejects(
      view.observe({ broken, looks }),
      failure("KVM3004", /Unable to observe the broken of tower: exit 1/),
    );
    machine.write("/run/mended", "");
    const seen = await view.observe({ broken, looks });
    assert.deepEqual([seen.broken, seen.looks], ["mended", 1]);
  });

  it("fails alone when its parser cannot read the reply", async () => {
    const odd: Fact<unknown> = { name: "odd", command: sh`echo '{'`, parse: JSON.parse };
    const [one, other] = await Promise.allSettled([view.observe({ odd }), view.observe({ value })]);
    assert.deepEqual([one.status, other.status], ["rejected", "fulfilled"]);
    const { reason } = one as PromiseRejectedResult;
    assert.ok(reason instanceof CommandFailed && reason.code === "KVM3005");
    assert.match(reason.message, /^Unable to read the odd of tower: .*JSON.*, in the reply to echo '\{'$/);
  });

  it("fails when another process holds the lock of the host", async () => {
    transport.run = async () => ({ code: 75, stdout: "", stderr: "another run has held the lock for two minutes\n" });
    await assert.rejects(view.commit(set("x"), {}), failure("KVM3006", /^another run has held the lock/));
  });

  it("is identified by its command, not by its name alone", async () => {
    const other: Fact<string> = { ...value, command: sh`echo other` };
    await view.observe({ value });
    assert.equal((await view.observe({ other })).other, "other");
  });

  it("fails for each reader when the host does not answer, without an unhandled rejection", async () => {
    const stray: unknown[] = [];
    const note = (reason: unknown) => stray.push(reason);
    process.on("unhandledRejection", note);
    const dead = viewOf(tower, async () =>
      Promise.reject(new HostUnreachable(connectionErrors.unreachable("no answer"))),
    );
    const ends = await Promise.allSettled([
      dead.observe({ looks, value }),
      dead.observe({ value }),
      dead.commit(set("x"), { value }),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("unhandledRejection", note);
    assert.deepEqual(
      ends.map((end) => end.status),
      ["rejected", "rejected", "rejected"],
    );
    assert.deepEqual(stray, []);
  });
});

describe("a group commit", () => {
  let machine: FakeMachine;
  let transport: FakeTransport;
  let view: HostView;
  beforeEach(() => {
    machine = fakeMachine();
    transport = transportTo(machine);
    view = viewOf(tower, async () => transport);
  });
  afterEach(() => machine.remove());

  const append = (i: number) => [run("append", sh`echo ${i} >>/run/all`)];
  const all: Fact<string[]> = {
    name: "all",
    command: sh`cat /run/all 2>/dev/null || :`,
    parse: (output) => output.split("\n"),
  };

  it("takes all members that arrive at the same time", async () => {
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => view.commit(append(i), { all })));
    assert.equal(transport.scripts.length, 1);
    assert.deepEqual([...new Set(results.map(({ code }) => code))], [0]);
    assert.deepEqual(
      (await view.observe({ all })).all,
      Array.from({ length: 20 }, (_, i) => String(i)),
    );
  });

  it("collects members that arrive while two other commits run", async () => {
    const { gate, open } = closedGate();
    transport.before = () => gate;
    const first = view.commit(append(0), { all });
    await moment();
    const lonely = view.commit(append(1), { all });
    await moment();
    assert.equal(transport.scripts.length, 1, "it waits for others");
    const more = [2, 3, 4].map((i) => view.commit(append(i), { all }));
    await moment();
    const others = Array.from({ length: 30 }, (_, i) => view.commit(append(i + 5), { all }));
    await moment();
    assert.equal(transport.scripts.length, 2, "they wait");
    open();
    await Promise.all([first, lonely, ...more, ...others]);
    assert.equal(transport.scripts.length, 3);
    assert.equal((await view.observe({ all })).all.length, 35);
  });

  it("uses the newer of two replies that arrive in the wrong order", async () => {
    const { gate, open } = closedGate();
    let answers = 0;
    transport.after = async (stdout) => {
      if (++answers === 1) await gate;
      return stdout;
    };
    const slow = view.commit(set("a"), { value });
    while (answers === 0) await moment();
    await Promise.all(["b", "b", "b", "b"].map((to) => view.commit(set(to), { value })));
    open();
    await slow;
    assert.equal((await view.observe({ value })).value, "b");
  });

  it("has a bounded size, and leaves no member out", async () => {
    await Promise.all(Array.from({ length: 150 }, (_, i) => view.commit(append(i), { all })));
    assert.ok(transport.scripts.length >= 3 && transport.scripts.length <= 4, `${transport.scripts.length}`);
    assert.equal(new Set((await view.observe({ all })).all).size, 150);
  });

  it("fetches a fact once when several of its members want it", async () => {
    await Promise.all([view.commit(set("a"), { looks, value }), view.commit(set("b"), { looks })]);
    assert.deepEqual(await view.observe({ looks, value }), {
      looks: 1,
      value: "b",
      connection: { hostKey: transport.hostKey },
    });
  });

  it("gives each member its own result", async () => {
    const results = await Promise.all([
      view.commit(set("a"), {}),
      view.commit([run("fail", sh`echo no; exit 4`)], {}),
      view.commit(set("b"), {}),
    ]);
    assert.deepEqual(
      results.map(({ code, output }) => [code, output]),
      [
        [0, ""],
        [4, "no"],
        [0, ""],
      ],
    );
  });

  it("runs after a commit that was lost", async () => {
    transport.before = () => {
      throw new HostUnreachable(connectionErrors.cut("cut"));
    };
    const lost = await Promise.allSettled([view.commit(set("a"), { value }), view.commit(set("b"), { value })]);
    assert.deepEqual(
      lost.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    transport.before = () => undefined;
    assert.equal((await view.commit(set("c"), { value })).code, 0);
    assert.equal((await view.observe({ value })).value, "c");
  });

  it("names the process that holds the lock when it cannot get the lock", async () => {
    transport.after = () => "";
    transport.run = async () => ({ code: 75, stdout: "", stderr: "another run has held it\n" });
    await assert.rejects(view.commit(set("a"), {}), { name: "CommandFailed", message: "another run has held it" });
  });
});

function moment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

function closedGate() {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { gate, open };
}
