import assert from "node:assert/strict";
import type { Properties } from "./engine";
import { openSite, type Site } from "./site";

/** What is configured inside a guest, when that does not run or is no more: its hypervisor is asked, and not the guest. */
describe("what is inside a guest", () => {
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
    // Nobody listens there: whoever asks the guest itself fails.
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

  it("is kept as it was by a refresh while the guest is stopped", async () => {
    const { id, outs } = await (await site.nextRun()).read("IpForwarding", "deb1-routing", inside);
    assert.equal(id, "deb1-routing");
    assert.deepEqual({ ...outs, __provider: undefined }, { ...inside, __provider: undefined });
  });

  it("cannot be removed while the guest is stopped, which is said", async () => {
    await assert.rejects(
      (await site.nextRun()).delete("IpForwarding", "deb1-routing", inside),
      /Unable to delete IpForwarding deb1-routing on deb1: the guest is stopped, and what is inside it stays\. Start it/,
    );
  });

  it("is gone with the disk that it was on, and can be removed", async () => {
    await site.engine.delete("Guest", String(guest.name), guest);
    await site.engine.delete("Disk", String(disk.name), disk);
    const engine = await site.nextRun();
    assert.equal((await engine.read("IpForwarding", "deb1-routing", inside)).id, "");
    await engine.delete("IpForwarding", "deb1-routing", inside);
  });
});
