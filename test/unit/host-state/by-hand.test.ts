import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Wanted } from "../../../provider/core/kind";
import { nicFolder, stateFolder } from "../../../provider/host-state/paths";
import { kindOf, kinds } from "../../../provider/kinds";
import { viewOf } from "../../../provider/reconcile/host-view";
import { ensure } from "../../../provider/reconcile/reconcile";
import { checkout } from "../../../tools/checkout";
import { cases } from "../../contract/cases";
import { type FakeMachine, fakeMachine } from "../../fake/machine";
import { transportTo } from "../../fake/transport";
import { checked, tower } from "../support/given";

/** The script in docs/state-on-the-host.md, as an administrator copies it. */
function scriptOfThePage(): string {
  const page = readFileSync(join(checkout, "docs/state-on-the-host.md"), "utf8");
  const [, script = ""] = /^## Removing everything by hand$.*?^```sh\n(.*?)^```$/ms.exec(page) ?? [];
  return script;
}

describe("the script that removes everything by hand", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  const onHost = async () => ({
    unitLinks: (await machine.run("find /etc -type l | sort")).stdout,
    files: ["etc", "var", "run", "proc"]
      .flatMap((folder) => machine.files(folder))
      .map((file) => [file, machine.read(file)]),
    links: machine.links(),
    others: machine
      .files("fake")
      .filter((file) => /-save$|routes$|\.(enabled|active|failed)$/.test(file))
      .map((file) => [file, machine.read(file)]),
  });

  it("removes the objects of every kind, and no other object", async () => {
    // A PublicBridge goes by its own way, and these two make nothing.
    const made = kinds.filter(({ name }) => !["PublicBridge", "Host", "Probe"].includes(name));
    for (const { name } of made) cases[name]?.seed?.(machine);
    await machine.run(`ip link add name theirs type bridge; ip link set dev theirs alias 'not pulumi-kvm:'
ip -4 route add 10.8.0.0/16 table 254 via 192.0.2.1 protocol 4
mkdir -p /etc/systemd/system/multi-user.target.wants; echo theirs >/etc/systemd/system/theirs.service
ln -s ../theirs.service /etc/systemd/system/multi-user.target.wants/theirs.service`);
    for (const tool of ["iptables", "ip6tables"])
      machine.write(`/fake/${tool}-save`, "filter :THEIRS - [0:0]\nfilter -A FORWARD -i theirs -j ACCEPT\n");
    const before = await onHost();
    const view = viewOf(tower, async () => transportTo(machine));
    for (const kind of made)
      await ensure(view, kind, checked<Wanted>(kind.name, `lab/${kind.name}`, cases[kind.name]?.args ?? {}));
    assert.ok((await onHost()).files.length > before.files.length + made.length);
    const { code, stderr } = await machine.run(scriptOfThePage());
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(await onHost(), before);
  }).timeout(60_000);

  it("stops when a public bridge exists, because the host would lose its network", async () => {
    const tap = kindOf("Tap");
    await ensure(
      viewOf(tower, async () => transportTo(machine)),
      tap,
      checked<Wanted>("Tap", "lab/web", { name: "web" }),
    );
    machine.write(`${nicFolder("eth0")}/origin.json`, "{}");
    const { code, stderr } = await machine.run(scriptOfThePage());
    assert.deepEqual([code, stderr], [1, "take the public bridge apart first\n"]);
    assert.deepEqual(machine.links(), ["web"]);
    assert.ok(machine.files(stateFolder).length > 1);
  });
});
