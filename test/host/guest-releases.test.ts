import assert from "node:assert/strict";
import { closeTransports } from "../../provider/transport/pool";
import { silent } from "../../tools/progress";
import { testsBuildOnEachOther } from "../in-order";
import type { Release } from "../lab/debian";
import type { Hypervisor } from "../lab/hypervisor";
import { difference } from "../lab/snapshot";
import { tinyGuest } from "../lab/tinyGuest";
import { isSampled } from "../sample";
import { type Made, newOwner, type Owner, type Properties } from "./owner";
import { needsRoot, newTower } from "./site";

/** The kinds around a guest on the older releases, whose QEMU, systemd and qemu-img are older. */
for (const release of ([12, 11] as Release[]).filter((release) => isSampled(`guest on Debian ${release}`, 4)))
  describe(`a guest on a hypervisor with Debian ${release}`, function () {
    this.timeout("10m");
    testsBuildOnEachOther();
    const name = `guest-${release}`;
    const made: Made[] = [];
    let tower: Hypervisor;
    let before: string;
    let anna: Owner;
    let disk: Made;
    let guest: Made;

    const make = async (kind: string, args: Properties) => {
      const one = await anna.make(kind, String(args.name ?? kind), args);
      made.unshift(one);
      return one;
    };
    const isUnchanged = async () => {
      const lasting = [...made, guest].filter(({ kind }) => kind !== "Probe");
      for (const one of lasting) assert.deepEqual((await anna.refresh(one))?.inputs, one.inputs, one.kind);
    };
    const pid = async () => (await tower.exec("systemctl show pulumi-kvm-guest@web -p MainPID --value")).trim();

    this.beforeAll(async function () {
      needsRoot(this);
      tower = await newTower(name, { release, qemu: true });
      await tower.put((await tinyGuest(silent)).disk, "/srv/disk.qcow2");
      before = await tower.snapshot();
      anna = await newOwner(name, "release/anna");
    });
    this.afterAll(() => tower?.stop());

    it("starts from a disk of an image, and answers", async () => {
      await make("Bridge", { name: "lan", addresses: ["192.168.50.1/24"] });
      await make("Tap", { name: "web-tap", bridge: "lan" });
      const image = await make("Image", { source: "/srv/disk.qcow2" });
      disk = await make("Disk", { name: "web", image: image.outs.content, sizeGiB: 0.125 });
      guest = await anna.make("Guest", "web", webGuest);
      const proof = await make("Probe", { http: "http://192.168.50.2/", timeoutSeconds: 300 });
      assert.equal(proof.outs.result, "200");
      await isUnchanged();
    });

    it("keeps running while its disk grows, and restarts with more memory", async () => {
      const first = await pid();
      const larger = await anna.update(disk, { name: "web", image: disk.inputs.image, sizeGiB: 0.25 });
      made.splice(made.indexOf(disk), 1, larger);
      assert.equal(await pid(), first);
      assert.match(await tower.exec("qemu-img info -U /var/lib/pulumi-kvm/disks/web.qcow2"), /268435456 bytes/);
      guest = await anna.update(guest, { ...webGuest, memoryMiB: 128 });
      assert.notEqual(await pid(), first);
      await isUnchanged();
    });

    it("shows drift when it was stopped by hand, and starts again with the next update", async () => {
      await tower.exec("systemctl stop pulumi-kvm-guest@web");
      const seen = (await anna.refresh(guest)) ?? assert.fail("gone");
      assert.equal(seen.inputs.running, false);
      guest = await anna.update(seen, { ...webGuest, memoryMiB: 128 });
      await isUnchanged();
    });

    it("runs again after a reboot, without a run of Pulumi", async () => {
      await tower.reboot();
      closeTransports();
      await anna.remove(await anna.make("Probe", "again", { http: "http://192.168.50.2/", timeoutSeconds: 300 }));
      await isUnchanged();
    });

    it("stops cleanly when it is deleted, and leaves nothing", async () => {
      await anna.remove(guest);
      for (const one of made) await anna.remove(one);
      await anna.leave();
      assert.deepEqual(difference(before, await tower.snapshot()), []);
    });
  });

const webGuest = {
  ...{ name: "web", accelerator: "tcg", memoryMiB: 96, disks: ["web"], nics: [{ tap: "web-tap" }] },
  cloudInit: { hostname: "tiny", network: { addresses: ["192.168.50.2/24"] } },
  waitFor: { tcpPort: 80, timeoutSeconds: 300 },
};
