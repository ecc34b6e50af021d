import assert from "node:assert/strict";
import type { Properties } from "./engine";
import { openSite, type Site } from "./site";

/** A resource inside a guest that is stopped or deleted. The provider asks the hypervisor, not the guest. */
describe("a resource inside a guest", () => {
  let site: Site;
  let disk: Properties;
  let guest: Properties;
  let inside: Properties;
  before(async () => {
    site = await openSite();
    site.machine.write("/proc/sys/net/ipv4/ip_forward", "0\n");
    const { host } = await site.host();
    disk = await made("Disk", { host, path: "deb1-disk", sizeGiB: 1 });
    guest = await made("Guest", { host, path: "deb1", disks: [disk.name], running: false });
    const carrier = { host, guest: guest.name, disk: disk.name };
    // Nothing listens there, so any connection to the guest itself fails.
    const deb1 = { name: "deb1", uid: "bbbbbbbbbb", address: "127.0.0.1", port: 1, carrier };
    const args = { host: deb1, path: "deb1-routing", ipv4: true, ipv6: false, persistent: true };
    inside = { ...args, name: "deb1-routing" };
  });
  after(() => site.close());

  async function made(kind: string, args: Properties): Promise<Properties> {
    const { inputs, failures } = await site.engine.check(kind, {}, args);
    assert.deepEqual(failures, []);
    return (await site.engine.create(kind, inputs)).outs;
  }

  it("stays unchanged in a refresh while the guest is stopped", async () => {
    const { id, outs } = await (await site.nextRun()).read("IpForwarding", "deb1-routing", inside);
    assert.equal(id, "deb1-routing");
    assert.deepEqual({ ...outs, __provider: undefined }, { ...inside, __provider: undefined });
  });

  it("reports an error when it is deleted while the guest is stopped", async () => {
    await assert.rejects(
      (await site.nextRun()).delete("IpForwarding", "deb1-routing", inside),
      /Unable to delete IpForwarding deb1-routing on deb1: the guest that holds it is stopped\. .*\[KVM3102\]/,
    );
  });

  it("counts as absent when the disk of its guest is absent, and can be deleted", async () => {
    await site.engine.delete("Guest", String(guest.name), guest);
    await site.engine.delete("Disk", String(disk.name), disk);
    const engine = await site.nextRun();
    assert.equal((await engine.read("IpForwarding", "deb1-routing", inside)).id, "");
    await engine.delete("IpForwarding", "deb1-routing", inside);
  });
});
