import assert from "node:assert/strict";
import { fakeMachine } from "../fake/machine";
import type { Properties } from "./engine";
import { openSite, type Site } from "./site";
import { sshHost } from "./ssh-host";

/** What happens to a stack when its machines have changed. */
describe("a host", () => {
  let site: Site;
  let made: Properties & { host: Properties };
  let tap: Properties;
  beforeEach(async () => {
    site = await openSite();
    made = await site.host();
    const ref = { ...made.host, machineId: (made.machineId as string).slice(0, 12) };
    const { inputs } = await site.engine.check("Tap", {}, { host: ref, path: "lab/web", name: "web" });
    tap = (await site.engine.create("Tap", inputs)).outs;
  });
  afterEach(() => site.close());

  it("is found at its new address with all its objects, after it moved", async () => {
    const moved = await sshHost(site.machine);
    const hosts = JSON.stringify({ tower: moved.reach });
    site.ssh.die();
    await assert.rejects((await site.nextRun()).read("Tap", "web", tap), /unable to connect to/);
    const engine = await site.nextRun({ PULUMI_KVM_HOSTS: hosts });
    assert.equal((await engine.read("Tap", "web", tap)).id, "web");
    await engine.delete("Tap", "web", tap);
    assert.deepEqual(site.machine.links(), []);
    moved.die();
  });

  it("is refused when it shows another key than the pinned one", async () => {
    const imposter = await sshHost(site.machine);
    const hosts = JSON.stringify({ tower: { ...imposter.reach, hostKey: undefined } });
    const engine = await site.nextRun({ PULUMI_KVM_HOSTS: hosts });
    const pinned = { ...tap, host: { ...made.host, hostKey: made.pinnedKey } };
    await assert.rejects(engine.read("Tap", "web", pinned), /key/);
    assert.equal(imposter.scripts(), 0);
    imposter.die();
  });

  it("is refused when it was reinstalled, and its objects do not count as absent", async () => {
    const other = fakeMachine();
    const reinstalled = await sshHost(other);
    const engine = await site.nextRun({ PULUMI_KVM_HOSTS: JSON.stringify({ tower: reinstalled.reach }) });
    const stranger = /another machine answers than the one that this stack was built on/;
    // Its host key differs too. Here the environment accepts the new key.
    const { pinnedKey: _pin, ...host } = made;
    other.write("/etc/machine-id", `${"f".repeat(32)}\n`);
    await assert.rejects(engine.read("Tap", "web", tap), stranger);
    await assert.rejects(engine.delete("Tap", "web", tap), stranger);
    await assert.rejects(engine.update("Tap", "web", tap, { ...tap, mtu: 1400 }), stranger);
    await assert.rejects(engine.create("Tap", { ...tap, name: "new" }), stranger);
    await assert.rejects(engine.read("Host", "tower", host), /its machine id is f+, expected 0123/);
    assert.deepEqual(other.links(), []);
    reinstalled.die();
    other.remove();
  });

  it("is forgotten only when PULUMI_KVM_FORGET names it", async () => {
    site.ssh.die();
    await assert.rejects(
      (await site.nextRun({ PULUMI_KVM_FORGET: "attic" })).read("Tap", "web", tap),
      /unable to connect to/,
    );
    const engine = await site.nextRun({ PULUMI_KVM_FORGET: "attic,tower" });
    assert.equal((await engine.read("Tap", "web", tap)).id, "");
    await engine.delete("Tap", "web", tap);
    await engine.delete("Host", "tower", made);
  });

  it("shows its missing objects after a reboot without the boot service", async () => {
    site.machine.reboot();
    assert.equal((await (await site.nextRun()).read("Tap", "web", tap)).id, "");
  });

  it("is refused when it has the machine id but not our records, because it was restored or is a copy", async () => {
    await site.machine.run("rm -r /var/lib/pulumi-kvm");
    const engine = await site.nextRun();
    const stranger = /it does not have a record of this stack/;
    await assert.rejects(engine.read("Tap", "web", tap), stranger);
    await assert.rejects(engine.delete("Tap", "web", tap), stranger);
    await assert.rejects(engine.update("Tap", "web", tap, { ...tap, mtu: 1400 }), stranger);
    assert.equal(site.machine.read("/sys/class/net/web/mtu"), "1500\n");
    await engine.delete("Host", "tower", made);
  });
});

describe("two resources of one run", () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.close());

  const guest = (path: string, macAddress: string, host = "tower") => ({
    host: { name: host, uid: "abcdefghij" },
    path,
    nics: [{ tap: "t0", macAddress }],
  });

  it("are refused in a preview when they have the same MAC address on one host", async () => {
    const check = async (path: string, mac: string, host?: string) =>
      (await site.engine.check("Guest", {}, guest(path, mac, host))).failures;
    assert.deepEqual(await check("lab/one", "de:ad:be:ef:00:02"), []);
    assert.deepEqual(await check("lab/one", "de:ad:be:ef:00:02"), [], "it is its own");
    assert.deepEqual(await check("lab/three", "de:ad:be:ef:00:03"), []);
    assert.deepEqual(await check("lab/two", "de:ad:be:ef:00:02", "attic"), [], "that is another network");
    assert.deepEqual(await check("lab/two", "de:ad:be:ef:00:02"), [
      "nics.0.macAddress: Guest lab/one has de:ad:be:ef:00:02 too. Give one of them another value [KVM1101]",
    ]);
  });

  it("are refused in a preview when they have the same address on one bridge", async () => {
    const on = { host: { name: "tower", uid: "abcdefghij" } };
    const failures = async (kind: string, args: Properties) => (await site.engine.check(kind, {}, args)).failures;
    for (const [name, bridge] of [
      ["a0", "br0"],
      ["b0", "br0"],
      ["a1", "br1"],
    ]) {
      assert.deepEqual(await failures("Tap", { ...on, path: `lab/${name}`, name, bridge }), []);
    }
    const guest = (name: string, tap: string, address: string) =>
      failures("Guest", { ...on, path: name, nics: [{ tap }], cloudInit: { network: { addresses: [address] } } });
    assert.deepEqual(await guest("one", "a0", "192.168.50.2/24"), []);
    assert.deepEqual(await guest("one", "a0", "192.168.50.2/24"), [], "it is its own");
    assert.deepEqual(await guest("far", "a1", "192.168.50.2/24"), [], "that is another network");
    assert.deepEqual(await guest("apart", "unknown", "192.168.50.2/24"), [], "nobody knows which network that is");
    assert.deepEqual(await guest("two", "b0", "192.168.50.2/16"), [
      "cloudInit.network.addresses.0: Guest one has 192.168.50.2 on br0 too. Give one of them another value [KVM1101]",
    ]);
    assert.deepEqual(await failures("Bridge", { ...on, path: "br", name: "br0", addresses: ["192.168.50.2/24"] }), [
      "addresses.0: Guest one has 192.168.50.2 on br0 too. Give one of them another value [KVM1101]",
    ]);
  });
});
