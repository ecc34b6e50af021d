import assert from "node:assert/strict";
import { changes, fails, nothingLeft, succeeds } from "./expect.js";
import { program } from "./programs.js";
import { openSite, type Site } from "./site.js";

describe("a preview", () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site?.close());

  it("refuses a wrong argument, with its name and a valid form", async () => {
    const stack = await site.stack(
      program(
        'new kvm.Bridge("lan", { host, nmae: "lan", name: "sixteen-bytes-xx", addresses: ["192.168.50.1/33"], mtu: 20 });',
      ),
    );
    await fails(
      stack.preview(),
      /nmae: unknown property\. Known properties: .*\bname\b/,
      /name: "sixteen-bytes-xx" is too long: an interface name has at most 15 bytes/,
      /addresses\.0: invalid address "192\.168\.50\.1\/33": must have a prefix length/,
      /mtu: invalid MTU 20: must be 68 to 65521 bytes/,
    );
    await stack.write(
      program('new kvm.Bridge("lan", { host, name: "fifteen-bytes-x", addresses: ["192.168.50.1/32"], mtu: 68 });'),
    );
    await changes(stack.preview(), { tower: "create", lan: "create" });
  });

  it("refuses two guests with the same MAC address", async () => {
    const mac = "52:54:00:00:00:01";
    const other = mac.replace("1", "2");
    const stack = await site.stack(twoGuests(mac, mac));
    await fails(stack.preview(), /nics\.0\.macAddress: Guest (one|two) has 52:54:00:00:00:01 too/);
    await stack.write(twoGuests(mac, other));
    await changes(stack.preview(), { tower: "create", one: "create", two: "create" });
  });

  it("refuses a gateway outside its subnet, and two guests with the same address", async () => {
    const stack = await site.stack(addressed("192.168.50.2/24", "192.168.51.1"));
    await fails(
      stack.preview(),
      /cloudInit\.network\.gateway: 192\.168\.51\.1 is not in 192\.168\.50\.2\/24\. A gateway must be in a network of the guest/,
    );
    await stack.write(addressed("192.168.50.3/24"));
    await fails(stack.preview(), /cloudInit\.network\.addresses\.0: Guest (one|two) has 192\.168\.50\.3 on lan0x too/);
    await stack.write(addressed("192.168.50.2/24"));
    const all = { tower: "create", lan: "create", t1: "create", t2: "create", one: "create", two: "create" };
    await changes(stack.preview(), all);
  });

  it("refuses wrong arguments of a lab by their names, without a call stack", async () => {
    const lab = (args: string) => program(`new kvm.GatewayLab("lab", { host, image: "/srv/debian.qcow2", ${args} });`);
    const wrong: [string, RegExp][] = [
      ["gests: 3", /gests: unknown property\. Known properties: .*\bguests\b/],
      ['gateway: { address: "10.0.0.1" }', /gateway\.address: 10\.0\.0\.1 is not in 192\.168\.50\.0\/24/],
      [
        'guests: { deb2: { address: "192.168.50.1" } }',
        /guests\.deb2\.address: gateway\.address has 192\.168\.50\.1 already/,
      ],
    ];
    const stack = await site.stack(lab(""));
    for (const [args, said] of wrong) {
      await stack.write(lab(args));
      const { output } = await fails(stack.preview(), said);
      assert.doesNotMatch(output, /\n\s+at .*\.js:\d+/);
    }
    await stack.write(lab("guests: 1"));
    await succeeds(stack.preview());
  });

  it("refuses to shrink a disk", async () => {
    const disk = (sizeGiB: number) => program(`new kvm.Disk("data", { host, sizeGiB: ${sizeGiB} });`);
    const stack = await site.stack(disk(0.5));
    await succeeds(stack.up());
    await stack.write(disk(0.25));
    await fails(stack.preview(), /sizeGiB: the disk has 0\.5 GiB and cannot shrink to 0\.25/);
    await stack.write(disk(0.75));
    await changes(stack.preview(), { data: "update" });
    await succeeds(stack.destroy());
    await nothingLeft(site);
  });
});

function twoGuests(...macs: string[]): string {
  const guest = (name: string, mac?: string) =>
    `new kvm.Guest("${name}", { host, nics: [{ user: {}, macAddress: "${mac}" }] });`;
  return program(guest("one", macs[0]), guest("two", macs[1]));
}

function addressed(address: string, gateway = "192.168.50.1"): string {
  const guest = (name: string, tap: string, network: object) =>
    `new kvm.Guest("${name}", { host, nics: [{ tap: ${tap}.name }], cloudInit: { network: ${JSON.stringify(network)} } });`;
  return program(
    'const lan = new kvm.Bridge("lan", { host, name: "lan0x", addresses: ["192.168.50.1/24"] });',
    'const [t1, t2] = ["t1", "t2"].map((name) => new kvm.Tap(name, { host, bridge: lan.name }));',
    guest("one", "t1", { addresses: ["192.168.50.3/24"] }),
    guest("two", "t2", { addresses: [address], gateway }),
  );
}
