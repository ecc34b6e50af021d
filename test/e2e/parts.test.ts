import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { testsBuildOnEachOther } from "../in-order.js";
import { tinyKernelOptions } from "../lab/kernelOptions.js";
import { changes, fails, nothingLeft, succeeds } from "./expect.js";
import { pidOf, typed } from "./guests.js";
import { program, withTinyKernel } from "./programs.js";
import { openSite, type Site } from "./site.js";
import type { Stack } from "./stack.js";

/** Tests of images, disks, NICs and ports that need a running guest. */
describe("a stack with the parts of a guest", () => {
  testsBuildOnEachOther();
  let site: Site;
  let stack: Stack;
  before(async () => {
    site = await openSite({}, withTinyKernel);
    stack = await site.stack(program());
    await succeeds(stack.up());
  });
  after(() => site?.close());

  it("fetches an image from its URL on the host, checks it, and stores it once", async () => {
    const url = `${site.lab.outside.url}debian.raw`;
    const content = `outside sees ${site.tower.address}\n`; // only the host gets this answer
    const sum = createHash("sha256").update(content).digest("hex");
    const image = (name: string, sha256: string) =>
      `new kvm.Image("${name}", { host, source: "${url}", sha256: "${sha256}" });`;
    await stack.write(program(image("first", sum), image("second", sum)));
    await succeeds(stack.up());
    const images = "cd /var/lib/pulumi-kvm/images; cat *.raw; ls *.raw";
    assert.equal(await site.tower.exec(images), `${content}${sum}.raw`);
    assert.deepEqual(
      site.lab.outside.requests.map(({ from, path }) => [from, path]),
      [1, 2].map(() => [site.tower.address, "/debian.raw"]),
    );
    await stack.write(program(image("first", "0".repeat(64))));
    await fails(
      stack.up(),
      new RegExp(`Unable to create Image first on tower: .*the checksum of ${url} is ${sum}, not 0`, "s"),
    );
    await stack.write(program());
    await succeeds(stack.up());
  });

  it("grows a disk under its running guest", async () => {
    const disks = (sizeGiB: number) =>
      program(
        'const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.50.1/24"] });',
        'const first = new kvm.Disk("first", { host, sizeGiB: 0.125 });',
        `const second = new kvm.Disk("second", { host, sizeGiB: ${sizeGiB} });`,
        'tiny("one", lan, "192.168.50.2/24", { disks: [first, second], vcpus: 2, autostart: false });',
      );
    await stack.write(disks(0.125));
    await succeeds(stack.up());
    const pid = await pidOf(site.tower, "one");
    assert.match(await typed(site.tower, "one", "nproc; cat /sys/block/vdb/size"), /^2\s+262144$/m);
    await stack.write(disks(0.25));
    await changes(stack.up(), { second: "update" });
    assert.match(await typed(site.tower, "one", "cat /sys/block/vda/size /sys/block/vdb/size"), /^262144\s+524288$/m);
    assert.equal(await pidOf(site.tower, "one"), pid);
    const unit = `pulumi-kvm-guest@${(await stack.resources()).one?.outputs.name}`;
    assert.equal(await site.tower.exec(`systemctl is-enabled ${unit} || :`), "disabled");
    await changes(stack.refresh(), {});
  });

  it("keeps a disk when its guest is replaced", async () => {
    const named = (name: string) =>
      program(
        'const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.50.1/24"] });',
        'const image = new kvm.Image("tiny", { host, source: "/srv/disk.qcow2" });',
        'const disk = new kvm.Disk("root", { host, image }, { retainOnDelete: true });',
        `tiny("one", lan, "192.168.50.2/24", { name: "${name}", disks: [disk] });`,
      );
    await stack.write(named("one-a"));
    await succeeds(stack.up());
    await stack.write(named("one-b"));
    await changes(stack.up(), { one: "create-replacement" });
    assert.match(
      await site.tower.exec("cat /var/lib/pulumi-kvm/guests/one-b/log/console"),
      /tiny: boot 2 from this disk/,
    );
  });

  it("keeps a retained disk and its image in a destroy, and nothing else", async () => {
    const { outputs } = (await stack.resources()).root ?? {};
    await succeeds(stack.destroy());
    const left = (await site.left()).map((line) => line.split(" ").slice(0, 3).join(" "));
    const kept = left.filter((line) => line.startsWith("+ file"));
    assert.deepEqual(kept.filter((line) => line.endsWith(".qcow2")).length, 2, `${left}`);
    assert.ok(kept.includes(`+ file ${outputs?.file}`), `${left}`);
    await site.tower.exec("rm -r /var/lib/pulumi-kvm");
    await nothingLeft(site);
  });

  it("gives a guest NICs of the given models, and forwards a port of the host into the guest", async () => {
    const nics =
      '[{ user: { hostForwards: [{ hostPort: 8081, guestPort: 80 }] } }, ...["e1000", "rtl8139", "ne2k_pci"].map((model) => ({ user: {}, model }))]';
    const kernel = `{ image: "/srv/vmlinuz", initrd: "/srv/initrd", commandLine: "${tinyKernelOptions}" }`;
    await stack.write(
      program(
        `new kvm.Guest("one", { host, accelerator: "tcg", memoryMiB: 96, nics: ${nics}, kernel: ${kernel}, waitFor: { tcpPort: 80 } });`,
      ),
    );
    await succeeds(stack.up());
    // QEMU accepts a connection before the guest does. A guest counts as ready only when it answers, so curl gets its
    // answer at once.
    assert.equal(await site.tower.exec("curl -s -m 1 http://127.0.0.1:8081/"), "tiny");
    const models = ["virtio-net-pci", "e1000", "rtl8139", "ne2k_pci"];
    const found = await site.tower.exec(`tr '\\0' '\\n' </proc/${await pidOf(site.tower, "one")}/cmdline`);
    assert.deepEqual(
      [...found.matchAll(/^([\w-]+),id=nic\d/gm)].map(([, model]) => model),
      models,
    );
    const devices = await typed(site.tower, "one", "cat /sys/bus/pci/devices/*/device");
    for (const id of ["0x1000", "0x100e", "0x8139", "0x8029"]) assert.match(devices, new RegExp(`^${id}$`, "m"));
    await changes(stack.refresh(), {});
    await succeeds(stack.destroy());
    await nothingLeft(site);
  });
});
