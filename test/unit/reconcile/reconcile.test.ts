import assert from "node:assert/strict";
import { CommandFailed, Refused } from "../../../provider/core/errors";
import type { Fact } from "../../../provider/core/fact";
import type { Kind, Step, Wanted } from "../../../provider/core/kind";
import { kind, refuse, run, steps } from "../../../provider/core/kind";
import { sh } from "../../../provider/core/shell";
import { kindOf } from "../../../provider/kinds";
import { reconcileErrors } from "../../../provider/reconcile/errors";
import { type HostView, viewOf } from "../../../provider/reconcile/host-view";
import { describe as describeResource, ensure, factsOf, remove } from "../../../provider/reconcile/reconcile";
import { type FakeMachine, fakeMachine } from "../../fake/machine";
import { type FakeTransport, transportTo } from "../../fake/transport";
import { checked, type Given, tower } from "../support/given";

const tap = kindOf("Tap");

describe("reconciling", () => {
  let machine: FakeMachine;
  let transport: FakeTransport;
  let view: HostView;
  beforeEach(() => {
    machine = fakeMachine();
    transport = transportTo(machine);
    view = viewOf(tower, async () => transport);
  });
  afterEach(() => machine.remove());

  const want = checked<Wanted>("Tap", "lab/web", { name: "web" });
  const outcome = async (kind: Kind, wish: Wanted) =>
    describeResource(kind, wish, await view.observeAnew(factsOf(kind, wish)));

  it("creates an absent object with one script to observe and one to change", async () => {
    const seen = await ensure(view, tap, want);
    assert.equal(transport.scripts.length, 2);
    assert.deepEqual(machine.links(), ["web"]);
    assert.deepEqual(describeResource(tap, want, seen)?.actual, { ...want, bridge: undefined });
  });

  it("changes nothing when the object is as desired: it observes at most once", async () => {
    await ensure(view, tap, want);
    const before = transport.scripts.length;
    await ensure(view, tap, want);
    assert.equal(transport.scripts.length, before);
    const fresh = viewOf(tower, async () => transport);
    const asked = machine.log().length;
    await ensure(fresh, tap, want);
    assert.equal(transport.scripts.length, before + 1);
    assert.deepEqual(machine.log().slice(asked), ["ip -json -details address show"]);
  });

  it("changes only what differs", async () => {
    await ensure(view, tap, want);
    await machine.run("ip link set dev web down");
    const asked = machine.log().length;
    await ensure(
      viewOf(tower, async () => transport),
      tap,
      want,
    );
    assert.deepEqual(
      machine
        .log()
        .slice(asked)
        .filter((line) => !/^ip -json/.test(line)),
      ["ip link set dev web up"],
    );
  });

  it("plans again when the object changed after it was observed", async () => {
    await ensure(view, tap, want);
    await machine.run("ip link set dev web down");
    const asked = machine.log().length;
    await ensure(view, tap, { ...want, mtu: 1400 } as Wanted);
    const changes = machine
      .log()
      .slice(asked)
      .filter((line) => !/^ip -json/.test(line));
    assert.deepEqual(changes, ["ip link set dev web mtu 1400", "ip link set dev web up"]);
  });

  it("deletes an object, and succeeds when it is already absent", async () => {
    await ensure(view, tap, want);
    await remove(view, tap, want);
    assert.deepEqual(machine.links(), []);
    assert.deepEqual(
      ["var/lib/pulumi-kvm/objects", "etc/pulumi-kvm", "etc/systemd"].flatMap((folder) => machine.files(folder)),
      [],
    );
    const before = transport.scripts.length;
    await remove(
      viewOf(tower, async () => transport),
      tap,
      want,
    );
    assert.equal(transport.scripts.length, before + 1, "a look, and no change");
  });

  it("deletes the records of an object that was removed by hand", async () => {
    await ensure(view, tap, want);
    await machine.run("ip link set dev web group 9; ip link delete group 9");
    await remove(
      viewOf(tower, async () => transport),
      tap,
      want,
    );
    assert.deepEqual(machine.files("var/lib/pulumi-kvm/objects"), []);
  });

  it("reports what failed, for which resource, on which host, and what the host printed", async () => {
    machine.refuse("tuntap");
    await assert.rejects(ensure(view, tap, want), {
      name: "CommandFailed",
      message:
        "Unable to create Tap lab/web on tower: make the tap web failed (exit 2): RTNETLINK answers: Operation not permitted",
    });
  });

  it("leaves no link without our mark when creating fails", async () => {
    const wrong = { ...want, bridge: "br9" } as Wanted;
    await assert.rejects(ensure(view, tap, wrong), /make the tap web failed \(exit 1\): Cannot find device "br9"$/);
    assert.deepEqual(machine.links(), []);
    await ensure(view, tap, want);
    assert.deepEqual(machine.links(), ["web"], "so the next try is not in its own way");
  });

  it("reports the partial state when a change fails", async () => {
    await ensure(view, tap, want);
    machine.refuse("mtu");
    await assert.rejects(ensure(view, tap, { ...want, mtu: 1400 } as Wanted), /ip link set dev web mtu 1400 failed/);
    assert.deepEqual((await outcome(tap, { ...want, mtu: 1400 } as Wanted))?.actual, {
      ...want,
      bridge: undefined,
      mtu: 1500,
      persistent: false,
    });
  });

  it("refuses an object of another program and does not change it, unless adopt is true", async () => {
    await machine.run("ip tuntap add dev web mode tap user 1");
    await assert.rejects(ensure(view, tap, want), /web exists and belongs to another program .* adopt: true/);
    assert.equal(transport.scripts.length, 1, "it only looked");
    await remove(
      viewOf(tower, async () => transport),
      tap,
      want,
    );
    assert.deepEqual(machine.links(), ["web"]);
    await ensure(
      viewOf(tower, async () => transport),
      tap,
      { ...want, adopt: true } as Wanted,
    );
    await remove(
      viewOf(tower, async () => transport),
      tap,
      want,
    );
    assert.deepEqual(machine.links(), [], "once adopted it is ours");
  });

  it("sends waiting changes together: few round trips for 30 taps", async () => {
    const wants = Array.from({ length: 30 }, (_, i) => checked<Wanted>("Tap", `lab/t${i}`));
    await Promise.all(wants.map((one) => ensure(view, tap, one)));
    assert.equal(machine.links().length, 30);
    assert.ok(transport.scripts.length <= 4, `${transport.scripts.length} scripts`);
    await Promise.all(wants.map((one) => remove(view, tap, one)));
    assert.equal(machine.links().length, 0);
    assert.ok(transport.scripts.length <= 7, `${transport.scripts.length} scripts`);
    assert.equal(machine.log().filter((line) => /link delete/.test(line)).length <= 3, true);
  }).timeout(30_000);

  it("creates the other objects when one of a group fails", async () => {
    machine.refuse("add dev bad");
    const wants = ["good1", "bad", "good2"].map((name) => checked<Wanted>("Tap", `lab/${name}`, { name }));
    const ends = await Promise.allSettled(wants.map((one) => ensure(view, tap, one)));
    assert.deepEqual(
      ends.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.deepEqual(machine.links(), ["good1", "good2"]);
  });
});

/** A kind that does what a test says: its plan depends on a file on the host. */
const value: Fact<string> = {
  name: "value",
  command: sh`echo >>/etc/looks-at-value; cat /run/value 2>/dev/null || :`,
  parse: (output) => output,
};
const other: Fact<string> = { name: "other", command: sh`echo >>/etc/looks-at-other`, parse: (output) => output };

function toy(planOf: (value: string) => readonly Step[]): Kind {
  return kind({
    ...tap,
    touches: undefined,
    name: "Toy",
    boot: undefined,
    readOnly: true,
    facts: () => ({ value, other }),
    plan: (_want: Wanted, seen: { value: string }) => steps(...planOf(seen.value)),
    absent: (_want: Wanted, seen: { value: string }) => steps(...planOf(seen.value)),
    actual: () => ({}),
    outputs: () => ({}),
  } as never);
}

const toyError = reconcileErrors.notReached;

const wait = (more: Given = {}): Step => ({
  does: "wait",
  for: "ripening",
  looksAt: ["value"],
  seconds: 60,
  failure: toyError,
  otherwise: "It is still green",
  ...more,
});

/** Something that happens once, when the plan is made the nth time: so the test does not depend on the time. */
function atCall(n: number, happens: () => void): () => void {
  let calls = 0;
  return () => {
    calls++;
    if (calls === n) happens();
  };
}

describe("reconciling in several steps", () => {
  let machine: FakeMachine;
  let transport: FakeTransport;
  let view: HostView;
  beforeEach(() => {
    machine = fakeMachine();
    transport = transportTo(machine);
    view = viewOf(tower, async () => transport);
  });
  afterEach(() => machine.remove());

  const want = checked<Wanted>("Tap", "lab/web", { name: "web" });
  const set = (to: string) => run(`set ${to}`, sh`echo ${to} >/run/value; echo ${to} >>/run/all`);

  it("waits until the host is ready, then continues with a new plan", async () => {
    const ripens = atCall(3, () => machine.write("/run/value", "ripe\n"));
    const kind = toy((now) => {
      if (now === "") return [set("green"), wait()];
      if (now === "ripe") return [set("eaten")];
      if (now === "green") ripens();
      return now === "green" ? [wait()] : [];
    });
    await ensure(view, kind, want);
    assert.equal(machine.read("/run/all"), "green\neaten\n");
  });

  it("fetches only the facts that a wait names, and all facts after it", async () => {
    const ripens = atCall(4, () => machine.write("/run/value", "ripe\n"));
    const kind = toy((now) => {
      if (now !== "ripe") ripens();
      return now === "ripe" ? [] : [wait()];
    });
    await ensure(view, kind, want);
    const looks = (of: string) => machine.read(`/etc/looks-at-${of}`).split("\n").length - 1;
    assert.equal(looks("other"), 3, "at first, before the wait, and after it");
    assert.ok(looks("value") > looks("other"));
  });

  it("reports the last state that it saw at the time limit", async () => {
    const kind = toy(() => [wait({ seconds: 0.1 })]);
    await assert.rejects(ensure(view, kind, want), {
      ...{ name: "CommandFailed", code: toyError.code },
      message: "Unable to create Toy lab/web on tower: ripening: not within 0.1 s. It is still green",
    });
  });

  it("gives up an optional wait without an error", async () => {
    await ensure(
      view,
      toy(() => [wait({ seconds: 0.1, optional: true })]),
      want,
    );
  });

  it("stops waiting when the plan becomes a refusal", async () => {
    const rots = atCall(3, () => machine.write("/run/value", "rotten"));
    const kind = toy((now) => {
      rots();
      return now === "" ? [wait()] : [refuse(toyError("it is rotten"))];
    });
    await assert.rejects(ensure(view, kind, want), /it is rotten$/);
  });

  it("continues when the reason of a refusal disappears within its time limit", async () => {
    const refusal: Step = { ...refuse(toyError("a rule is in the way")), patienceSeconds: 60 } as Step;
    const frees = atCall(2, () => machine.write("/run/value", "free\n"));
    const kind = toy((now) => {
      frees();
      return now === "free" ? [set("done")] : now === "done" ? [] : [refusal];
    });
    await ensure(view, kind, want);
    assert.equal(machine.read("/run/all"), "done\n");
  });

  it("refuses after the time limit, and changes nothing", async () => {
    const kind = toy(() => [{ ...refuse(toyError("a rule is in the way")), patienceSeconds: 0.6 } as Step, set("x")]);
    await assert.rejects(ensure(view, kind, want), { name: "CommandFailed", message: /: a rule is in the way$/ });
    assert.equal(machine.files("/run").includes("/run/all"), false);
  });

  it("gives up when the plan never becomes empty, and names the step that remains", async () => {
    const kind = toy(() => [run("paint it red", sh`echo x >>/run/tries`)]);
    await assert.rejects(
      ensure(view, kind, want),
      /^CommandFailed: Unable to create Toy lab\/web on tower: after \d+ attempts the host still needs: paint it red$/,
    );
    assert.ok(machine.read("/run/tries").length < 50);
  });

  it("distinguishes a refusal before any change from one after a first step", async () => {
    const never = toy(() => [refuse(toyError("no"))]);
    await assert.rejects(ensure(view, never, want), (error) => error instanceof Refused && /: no$/.test(error.message));
    const later = toy((now) => (now === "" ? [set("x")] : [refuse(toyError("no"))]));
    await assert.rejects(
      ensure(view, later, want),
      (error) => error instanceof CommandFailed && !(error instanceof Refused),
    );
  });

  it("does nothing when any step of the plan is a refusal", async () => {
    await assert.rejects(
      ensure(
        view,
        toy(() => [set("x"), refuse(toyError("no"))]),
        want,
      ),
      /: no$/,
    );
    assert.deepEqual(machine.files("run"), []);
    await ensure(
      view,
      toy((now) => (now === "" ? [set("x")] : [])),
      want,
    );
    assert.ok(machine.files("run").includes("/run/value"), "without the refusal it does");
  });

  it("uploads files before it runs commands", async () => {
    machine.write("/run/source", "content");
    const put: Step = {
      does: "put",
      purpose: "upload",
      from: machine.inside("/run/source"),
      to: "/run/target",
      mode: 0o600,
    };
    const kind = toy((now) => (now === "" ? [run("use it", sh`cat /run/target >/run/value`), put] : []));
    await ensure(view, kind, want);
    assert.equal(machine.read("/run/value"), "content");
  });
});
