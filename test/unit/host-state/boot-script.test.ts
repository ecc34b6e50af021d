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
import { type Sample, samplesOf, versionsOf } from "../support/stored-texts";

const [tap, bridge] = [kindOf("Tap"), kindOf("Bridge")];
const want = checked<Wanted>("Tap", "lab/web", { name: "web", bridge: "br0", mtu: 1400 });
/** A tap that is a port of no bridge. */
const alone = checked<Wanted>("Tap", "lab/web", { name: "web", mtu: 1400 });
const lan = checked<Wanted>("Bridge", "lab/lan", { name: "br0", addresses: ["192.168.50.1/24", "fd99::1/64"] });

describe("the boot script of a resource", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  // The view of another run: it remembers nothing.
  const view = () => viewOf(tower, async () => transportTo(machine));
  const actual = async (kind: typeof tap, wish: Wanted) =>
    describeResource(kind, wish, await view().observe(factsOf(kind, wish)))?.actual;

  /** Runs the unit's command, as systemd does. */
  async function boot(): Promise<void> {
    const [, command = ""] = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(machine.read(bootUnitPath)) ?? [];
    assert.ok(command !== "");
    const { code, stderr } = await machine.run(command.replaceAll("$$", "$"));
    assert.equal(code, 0, stderr);
  }

  it("restores every object after a reboot, in the order of their dependencies", async () => {
    await ensure(view(), bridge, lan);
    await ensure(view(), tap, want);
    machine.reboot();
    assert.equal(await actual(tap, want), undefined, "a reboot takes it");
    await boot();
    assert.deepEqual(await actual(tap, want), want);
    assert.deepEqual(await actual(bridge, lan), lan);
  });

  it("keeps the text of an earlier version until the resource changes", async () => {
    const [{ want: lan }] = samplesOf(bridge) as [Sample];
    const [earlier = ""] = versionsOf("boot-script/Bridge/usual");
    await ensure(view(), bridge, lan);
    assert.notEqual(earlier, machine.read(bootPath(bridge, lan)));
    machine.write(bootPath(bridge, lan), earlier);
    assert.deepEqual(await actual(bridge, lan), lan);
    await ensure(view(), bridge, lan);
    assert.equal(machine.read(bootPath(bridge, lan)), earlier);
    machine.reboot();
    await boot();
    assert.deepEqual(await actual(bridge, lan), lan);
    const larger = { ...lan, mtu: 1400 } as Wanted;
    await ensure(view(), bridge, larger);
    assert.match(machine.read(bootPath(bridge, larger)), /^made=$/m);
    machine.write(bootPath(bridge, larger), `${earlier}# edited by hand\n`);
    assert.equal((await actual(bridge, larger))?.persistent, false);
  });

  it("has exactly the steps of the plan for a host without the object", async () => {
    await ensure(view(), tap, alone);
    const steps = tap.plan(alone, { links: {} }).flatMap((step) => (step.does === "run" ? [text(step.command)] : []));
    const script = ["#!/bin/sh", "# lab/web of net/dev, made by pulumi-kvm", "set -eu", ...steps, ""].join("\n");
    assert.equal(machine.read(bootPath(tap, alone)), script);
  });

  it("changes nothing when it runs while the links exist", async () => {
    await ensure(view(), bridge, lan);
    await ensure(view(), tap, want);
    const before = (await view().observe(factsOf(tap, want))).links;
    await boot();
    assert.deepEqual((await view().observe(factsOf(tap, want))).links, before);
  });

  it("does not change a link with the same name that another program created", async () => {
    await ensure(view(), tap, alone);
    machine.reboot();
    await machine.run("ip tuntap add dev web mode tap user 1; ip link set dev web alias theirs");
    await assert.rejects(boot(), /web exists and is not ours/);
    assert.equal(machine.read("/sys/class/net/web/ifalias"), "theirs\n");
  });

  it("does not prevent the other boot scripts from running when it fails", async () => {
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

  it("shows as persistent: false in a refresh when it is changed or disabled, or its unit is missing", async () => {
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

  it("counts as intact when only the link differs", async () => {
    await ensure(view(), tap, alone);
    await machine.run("ip link set dev web down");
    const drifted = await actual(tap, alone);
    assert.deepEqual([drifted?.persistent, (drifted as { up?: boolean }).up], [true, false]);
    // A second refresh gets what the first one found.
    assert.equal((await actual(tap, drifted as Wanted))?.persistent, true);
  });

  it("is absent with persistent: false, and an update removes it", async () => {
    await ensure(view(), tap, alone);
    assert.equal(machine.files(bootFolder).length, 1);
    await ensure(view(), tap, { ...alone, persistent: false });
    assert.deepEqual([machine.files("etc/pulumi-kvm"), machine.files("etc/systemd")], [[], []]);
  });

  it("keeps the boot unit until the last object is deleted", async () => {
    await ensure(view(), bridge, lan);
    await ensure(view(), tap, want);
    await remove(view(), tap, want);
    assert.ok(machine.files("etc/systemd").includes(bootUnitPath));
    await remove(view(), bridge, lan);
    assert.deepEqual(machine.files("etc/systemd"), []);
    assert.ok(machine.log().some((line) => /^systemctl stop .*pulumi-kvm-boot\.service/.test(line)));
  });

  it("has no command from a path that contains a line break", async () => {
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
  it("creates the lock file for root alone, under the umask of systemd", async () => {
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

  it("starts after every firewall service, runs again when one starts or reloads, and stops with none of them", async () => {
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
    // firewalld conflicts with nftables: if our unit stopped with nftables, a restart of firewalld would fail.
    assert.doesNotMatch(unit + again, /^(PartOf|BindsTo|Requires|PropagatesStopTo|StopPropagatedFrom)=/m);
    assert.match(unit, /^Type=oneshot\nRemainAfterExit=yes$/m);
  });
});
