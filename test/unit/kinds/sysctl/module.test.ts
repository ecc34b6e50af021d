import assert from "node:assert/strict";
import type { Wanted } from "../../../../provider/core/kind";
import { bootUnitPath } from "../../../../provider/host-state/paths";
import { kindOf } from "../../../../provider/kinds";
import { viewOf } from "../../../../provider/reconcile/host-view";
import { describe as describeResource, ensure, factsOf, remove } from "../../../../provider/reconcile/reconcile";
import { type FakeMachine, fakeMachine } from "../../../fake/machine";
import { transportTo } from "../../../fake/transport";
import { checked, tower } from "../../support/given";

const sysctl = kindOf("Sysctl");
const wish = (family: string, more: object = {}) =>
  checked<Wanted>("Sysctl", `lab/${family}`, {
    key: `net.bridge.bridge-nf-call-${family}`,
    value: 0,
    module: "br_netfilter",
    ...more,
  });
const [v4, v6] = [wish("iptables"), wish("ip6tables")];

describe("a sysctl key of a kernel module", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  // The view of another run: it remembers nothing.
  const view = () => viewOf(tower, async () => transportTo(machine));
  const actual = async (want: Wanted) =>
    describeResource(sysctl, want, await view().observe(factsOf(sysctl, want)))?.actual;
  const make = (want: Wanted) => ensure(view(), sysctl, want);
  const drop = (want: Wanted) => remove(view(), sysctl, want);
  const values = () =>
    ["iptables", "ip6tables"].map((family) => machine.read(`/proc/sys/net/bridge/bridge-nf-call-${family}`).trim());
  const loads = () => machine.log().filter((line) => line.startsWith("modprobe"));
  const shares = () => machine.files("/var/lib/pulumi-kvm/shared");
  const somebodyLoadsIt = () => machine.run("modprobe -q -- br_netfilter");

  /** Runs the unit's command, as systemd does. */
  const boot = () => {
    const [, command = ""] = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(machine.read(bootUnitPath)) ?? [];
    return machine.run(command.replaceAll("$$", "$"));
  };

  it("is set after the module is loaded", async () => {
    await make(v4);
    assert.deepEqual(values(), ["0", "1"]);
    assert.deepEqual(loads(), ["modprobe -q -- br_netfilter"]);
    assert.deepEqual(await actual(v4), v4);
  });

  it("keeps its value when the last resource is deleted, as does a second key, because neither existed before", async () => {
    await make(v4);
    await make(v6);
    await drop(v4);
    await drop(v6);
    assert.deepEqual(values(), ["0", "0"]);
    assert.deepEqual(shares(), []);
    assert.equal(loads().length, 1);
  });

  it("has its original value when the last resource is deleted, if it existed before", async () => {
    await somebodyLoadsIt();
    await make(v4);
    await make(v6);
    assert.deepEqual(values(), ["0", "0"]);
    assert.equal(loads().length, 1, "by somebody");
    await drop(v4);
    await drop(v6);
    assert.deepEqual([values(), shares()], [["1", "1"], []]);
  });

  it("is also set at boot, which loads the module first", async () => {
    await somebodyLoadsIt();
    await make(v4);
    machine.reboot();
    assert.equal(await actual(v4), undefined);
    assert.deepEqual(await boot().then(({ code, stderr }) => [code, stderr]), [0, ""]);
    await somebodyLoadsIt();
    assert.deepEqual(values(), ["0", "1"]);
    assert.deepEqual(await actual(v4), v4);
    await drop(v4);
    assert.deepEqual(values(), ["1", "1"]);
  });

  it("is set again after the module was unloaded", async () => {
    await make(v4);
    machine.reboot();
    await make(v4);
    assert.deepEqual(values(), ["0", "1"]);
  });

  it("leaves no record when the module cannot be loaded, or does not have the key", async () => {
    await assert.rejects(
      make(wish("iptables", { module: "br_nonsense" })),
      /Unable to create Sysctl lab\/iptables on tower: .*the module br_nonsense cannot be loaded\. What says why: modprobe br_nonsense$/,
    );
    await assert.rejects(
      make(wish("nonsense")),
      /the module br_netfilter is loaded, and the kernel still has no net\/bridge\/bridge-nf-call-nonsense/,
    );
    assert.deepEqual([shares(), machine.files("/etc/pulumi-kvm")], [[], []]);
  });
});
