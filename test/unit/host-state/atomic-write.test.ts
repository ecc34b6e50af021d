import assert from "node:assert/strict";
import type { Wanted } from "../../../provider/core/kind";
import { lines, sh, text } from "../../../provider/core/shell";
import { writeFile } from "../../../provider/host-state/atomic-write";
import { manifestPath } from "../../../provider/host-state/manifest";
import { bootFolder, nicFolder, stateFolder } from "../../../provider/host-state/paths";
import { kindOf, kinds } from "../../../provider/kinds";
import { viewOf } from "../../../provider/reconcile/host-view";
import { ensure, remove } from "../../../provider/reconcile/reconcile";
import { cases } from "../../contract/cases";
import { type FakeMachine, fakeMachine } from "../../fake/machine";
import { transportTo } from "../../fake/transport";
import { checked, tower } from "../support/given";

describe("a file that is written on a host", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
    machine.command("sync", `echo "sync $*" >>"$FAKE_ROOT/fake/log"`);
  });
  afterEach(() => machine.remove());

  const tap = kindOf("Tap");
  const want = checked<Wanted>("Tap", "lab/web", { name: "web" });
  const view = () => viewOf(tower, async () => transportTo(machine));
  const synced = () => machine.log().filter((line) => line.startsWith("sync "));
  const temporaries = () =>
    ["etc", "var"].flatMap((folder) => machine.files(folder)).filter((file) => /\.new$/.test(file));

  it("is synced before the commit reports success: few syncs for many files", async () => {
    const wants = [1, 2, 3].map((n) => checked<Wanted>("Tap", `lab/t${n}`));
    await Promise.all(wants.map((one) => ensure(view(), tap, one)));
    const commits = machine.log().filter((line) => line.startsWith("sync ")).length;
    assert.ok(commits >= 1 && commits <= 3, `${commits} syncs`);
    const files = synced()
      .join(" ")
      .split(" ")
      .map((file) => machine.outside(file));
    for (const one of wants) {
      assert.ok(files.includes(manifestPath(tap, one)));
      assert.ok(files.includes(`${stateFolder}/objects/${tower.uid}`), "its folder too, for the name");
    }
    assert.ok(files.some((file) => file.startsWith(bootFolder)));
  });

  /** The renames, and whether a sync named the file under its old or its new name. */
  function renames(): { old: string; path: string; isSynced: boolean }[] {
    const log = machine.log().map((line) => line.split(" ").map((word) => machine.outside(word)));
    const syncs = log.filter(([command]) => command === "sync").flat();
    return log
      .filter(([command]) => command === "mv")
      .map((words) => words.filter((word) => word !== "mv" && !word.startsWith("-")))
      .map(([old = "", path = ""]) => ({ old, path, isSynced: syncs.includes(old) || syncs.includes(path) }));
  }

  /** Parts of boot scripts that older releases have written: each boot writes these again. */
  const writtenAtBoot = /^\/var\/lib\/pulumi-kvm\/shared\/(routes|firewall)\//;
  /** The folder of a change: its files are synced before the rename. If the rename is lost, the step is repeated. */
  const ofChange = /^\/var\/lib\/pulumi-kvm\/change[^/]*$/;

  for (const kind of kinds) {
    it(`is synced after its rename, for each file of ${kind.name}`, async () => {
      const { seed, args = {} } = cases[kind.name] ?? {};
      machine.command("mv", `echo "mv $*" >>"$FAKE_ROOT/fake/log"; exec "$REAL_PATH/mv" "$@"`);
      machine.write("/proc/sys/net/ipv4/ip_forward", "0\n");
      seed?.(machine);
      await ensure(view(), kind, checked<Wanted>(kind.name, "lab/one", args));
      const lost = renames().filter(({ path, isSynced }) => /^\/(etc|var)\//.test(path) && !isSynced);
      const isElse = ({ path }: { path: string }) => writtenAtBoot.test(path) || ofChange.test(path);
      assert.deepEqual(
        lost.filter((one) => !isElse(one)),
        [],
      );
    });
  }

  it("is synced before a change of the network begins, when it belongs to the record of the NIC", async () => {
    machine.command("systemd-run", `echo "systemd-run $*" >>"$FAKE_ROOT/fake/log"; exit 1`);
    const { seed, args = {} } = cases.PublicBridge ?? {};
    seed?.(machine);
    const bridge = kindOf("PublicBridge");
    await assert.rejects(ensure(view(), bridge, checked<Wanted>("PublicBridge", "lab/one", args)), /did not begin/);
    const log = machine.log().map((line) => machine.outside(line));
    const begun = log.findIndex((line) => line.startsWith("systemd-run "));
    const before = log.slice(0, begun).filter((line) => line.startsWith("sync "));
    const files = ["origin.json", "old/etc/systemd/network/50-eth0.network"].map(
      (file) => `${nicFolder("eth0")}/${file}`,
    );
    for (const file of files)
      assert.ok(
        before.some((line) => line.split(" ").includes(file)),
        file,
      );
  });

  it("is not synced again by a commit that writes no file, and the list of renamed files is deleted", async () => {
    await ensure(view(), tap, want);
    const before = synced().length;
    await machine.run("ip link set dev web down");
    await ensure(view(), tap, want);
    assert.equal(synced().length, before);
    assert.deepEqual(
      machine.files("run").filter((file) => file.includes("renamed")),
      [],
    );
  });

  it("has one complete content when several processes write it at once", async () => {
    const path = "/var/lib/both";
    const writer = (content: string) => machine.run(`${text(writeFile(path, content, 0o600))}\n`);
    for (let n = 0; n < 5; n++) {
      const ends = await Promise.all(["a", "b", "c"].map((letter) => writer(letter.repeat(20_000))));
      assert.deepEqual(
        ends.map(({ code, stderr }) => [code, stderr]),
        [
          [0, ""],
          [0, ""],
          [0, ""],
        ],
      );
      assert.match(machine.read(path), /^(a{20000}|b{20000}|c{20000})$/);
    }
    assert.deepEqual(temporaries(), []);
  });

  it("replaces the temporary file of a writer that has ended, but not that of a running writer", async () => {
    const folder = `${stateFolder}/objects/${tower.uid}`;
    const name = manifestPath(tap, want).split("/").at(-1);
    machine.write(`${folder}/.${name}.4194305.new`, "half");
    machine.write(`${folder}/.${name}.${process.pid}.new`, "at work");
    await ensure(view(), tap, want);
    assert.deepEqual(temporaries(), [`${folder}/.${name}.${process.pid}.new`]);
  });

  it("leaves no temporary file of a killed writer when its owner is deleted", async () => {
    await ensure(view(), tap, want);
    const host = kindOf("Host");
    for (const folder of [`${stateFolder}/objects/${tower.uid}`, `${stateFolder}/owners`, bootFolder])
      machine.write(`${folder}/.x.4194305.new`, "half");
    await remove(view(), tap, want);
    await remove(view(), host, { ...checked<Wanted>("Host", "tower"), host: tower });
    assert.deepEqual(
      [...machine.files("var/lib"), ...machine.files("etc/pulumi-kvm"), ...machine.files("etc/systemd")],
      [],
    );
  });

  it("has its final mode already while it is written", async () => {
    for (const [mode, shown] of [
      [0o600, "600"],
      [0o644, "644"],
    ] as const) {
      const script = lines(sh`umask 000`, writeFile("/var/lib/x", "content", mode), sh`stat -c %a /var/lib/x`);
      assert.equal((await machine.run(`${text(script)}\n`)).stdout, `${shown}\n`);
    }
  });
});
