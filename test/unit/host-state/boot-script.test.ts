import assert from "node:assert/strict";
import type { Wanted } from "../../../provider/core/kind";
import { text } from "../../../provider/core/shell";
import { bootPath } from "../../../provider/host-state/boot-script";
import {
  againUnitPath,
  bootFolder,
  bootUnitPath,
  bootUnitWanted,
  firewallServices,
  lockPath,
} from "../../../provider/host-state/paths";
import { kindOf } from "../../../provider/kinds";
import { viewOf } from "../../../provider/reconcile/host-view";
import { describe as describeResource, ensure, factsOf, remove } from "../../../provider/reconcile/reconcile";
import { type FakeMachine, fakeMachine } from "../../fake/machine";
import { transportTo } from "../../fake/transport";
import { checked, tower } from "../support/given";

const [tap, bridge] = [kindOf("Tap"), kindOf("Bridge")];
const want = checked<Wanted>("Tap", "lab/web", { name: "web", bridge: "br0", mtu: 1400 });
/** A tap that is a port of nothing. */
const alone = checked<Wanted>("Tap", "lab/web", { name: "web", mtu: 1400 });
const lan = checked<Wanted>("Bridge", "lab/lan", { name: "br0", addresses: ["192.168.50.1/24", "fd99::1/64"] });

describe("what comes back after a reboot", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  // What another run would see: nothing is remembered.
  const view = () => viewOf(tower, async () => transportTo(machine));
  const actual = async (kind: typeof tap, wish: Wanted) =>
    describeResource(kind, wish, await view().observe(factsOf(kind, wish)))?.actual;

  /** As systemd runs the unit. */
  async function boot(): Promise<void> {
    const [, command = ""] = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(machine.read(bootUnitPath)) ?? [];
    assert.ok(command !== "");
    const { code, stderr } = await machine.run(command.replaceAll("$$", "$"));
    assert.equal(code, 0, stderr);
  }

  it("is all that was made, in the order in which it stands on one another", async () => {
    await ensure(view(), bridge, lan);
    await ensure(view(), tap, want);
    machine.reboot();
    assert.equal(await actual(tap, want), undefined, "a reboot takes it");
    await boot();
    assert.deepEqual(await actual(tap, want), want);
    assert.deepEqual(await actual(bridge, lan), lan);
  });

  it("is made by the very steps of the plan against nothing", async () => {
    await ensure(view(), tap, alone);
    const steps = tap.plan(alone, { links: {} }).flatMap((step) => (step.does === "run" ? [text(step.command)] : []));
    const script = ["#!/bin/sh", "# lab/web of net/dev, made by pulumi-kvm", "set -eu", ...steps, ""].join("\n");
    assert.equal(machine.read(bootPath(tap, alone)), script);
  });

  it("may run at any time: with the links in place it changes nothing", async () => {
    await ensure(view(), bridge, lan);
    await ensure(view(), tap, want);
    const before = (await view().observe(factsOf(tap, want))).links;
    await boot();
    assert.deepEqual((await view().observe(factsOf(tap, want))).links, before);
  });

  it("is not another's: a link of that name that somebody else made stays as it is", async () => {
    await ensure(view(), tap, alone);
    machine.reboot();
    await machine.run("ip tuntap add dev web mode tap user 1; ip link set dev web alias theirs");
    await assert.rejects(boot(), /web exists and is not ours/);
    assert.equal(machine.read("/sys/class/net/web/ifalias"), "theirs\n");
  });

  it("is still the rest when one of it fails", async () => {
    await ensure(view(), bridge, lan);
    await ensure(view(), tap, want);
    machine.reboot();
    machine.refuse("add name br0");
    await assert.rejects(boot(), /br0/);
    machine.refuse(undefined);
    machine.reboot();
    machine.refuse("fd99::1/64");
    await assert.rejects(boot());
    assert.deepEqual(machine.links(), ["br0", "web"]);
  });

  it("is seen by a refresh to be there, to be changed, to be gone", async () => {
    await ensure(view(), tap, alone);
    const persistent = async () => (await actual(tap, alone))?.persistent;
    const script = machine.read(bootPath(tap, want));
    assert.equal(await persistent(), true);
    machine.write(bootPath(tap, want), `${script}# changed by hand\n`);
    assert.equal(await persistent(), false);
    machine.write(bootPath(tap, want), script);
    assert.equal(await persistent(), true);
    await machine.run(`mv ${bootUnitWanted} /run/wanted`);
    assert.equal(await persistent(), false, "disabled");
    await machine.run(`mv /run/wanted ${bootUnitWanted}`);
    assert.equal(await persistent(), true);
    await machine.run(`rm ${bootUnitPath}`);
    assert.equal(await persistent(), false);
  });

  it("is not said to be lost when only the link differs", async () => {
    await ensure(view(), tap, alone);
    await machine.run("ip link set dev web down");
    const drifted = await actual(tap, alone);
    assert.deepEqual([drifted?.persistent, (drifted as { up?: boolean }).up], [true, false]);
    // A second refresh is given what the first one found.
    assert.equal((await actual(tap, drifted as Wanted))?.persistent, true);
  });

  it("is nothing where that was asked for, also when it was otherwise before", async () => {
    await ensure(view(), tap, alone);
    assert.equal(machine.files(bootFolder).length, 1);
    await ensure(view(), tap, { ...alone, persistent: false });
    assert.deepEqual([machine.files("etc/pulumi-kvm"), machine.files("etc/systemd")], [[], []]);
  });

  it("keeps its unit until the last object goes", async () => {
    await ensure(view(), bridge, lan);
    await ensure(view(), tap, want);
    await remove(view(), tap, want);
    assert.ok(machine.files("etc/systemd").includes(bootUnitPath));
    await remove(view(), bridge, lan);
    assert.deepEqual(machine.files("etc/systemd"), []);
    assert.ok(machine.log().some((line) => /^systemctl stop .*pulumi-kvm-boot\.service/.test(line)));
  });

  it("holds no text that a reader of the path could end its comment with", async () => {
    const evil = { ...alone, path: "lab\nip link delete dev eth0\r\nweb" };
    await ensure(view(), tap, evil);
    assert.equal(
      machine
        .read(bootPath(tap, evil))
        .split("\n")
        .filter((line) => /^ip link delete/.test(line)).length,
      0,
    );
  });
});

describe("the boot unit", () => {
  it("makes the lock's file for root alone, under the umask of systemd", async () => {
    const machine = fakeMachine();
    await ensure(
      viewOf(tower, async () => transportTo(machine)),
      tap,
      alone,
    );
    const units = machine.read(bootUnitPath) + machine.read(againUnitPath);
    const exec = [...units.matchAll(/^Exec\w+=\/bin\/sh -c '(.*)'$/gm)].map(([, command = ""]) => command);
    assert.equal(exec.length, 3);
    for (const command of exec) {
      const { stdout } = await machine.run(
        `umask 022; rm -f ${lockPath}; ( ${command.replaceAll("$$", "$")} ); stat -c %a ${lockPath}`,
      );
      assert.equal(stdout, "600\n");
    }
    machine.remove();
  });

  it("comes after all that brings firewalls, again when one of them starts or is reloaded, and stops with none", async () => {
    const machine = fakeMachine();
    await ensure(
      viewOf(tower, async () => transportTo(machine)),
      tap,
      alone,
    );
    const [unit, again] = [machine.read(bootUnitPath), machine.read(againUnitPath)];
    const { stdout } = await machine.run("cd /etc/systemd/system; ls -d *.service.wants/pulumi-kvm-boot-again.service");
    assert.deepEqual(
      stdout
        .trim()
        .split("\n")
        .map((link) => link.replace(".wants/pulumi-kvm-boot-again.service", "")),
      firewallServices.toSorted(),
    );
    machine.remove();
    assert.match(unit, /^After=network\.target .*nftables\.service/m);
    assert.match(unit, /^ReloadPropagatedFrom=nftables\.service /m);
    assert.match(again, /^After=nftables\.service /m);
    // firewalld conflicts with nftables: a stop that is passed on makes it impossible to restart firewalld.
    assert.doesNotMatch(unit + again, /^(PartOf|BindsTo|Requires|PropagatesStopTo|StopPropagatedFrom)=/m);
    assert.match(unit, /^Type=oneshot\nRemainAfterExit=yes$/m);
  });
});
