import assert from "node:assert/strict";
import { testsBuildOnEachOther } from "../in-order.js";
import { changes, fails, nothingLeft, succeeds } from "./expect.js";
import { pidOf, pings } from "./guests.js";
import { program, withTinyKernel } from "./programs.js";
import { openSite, type Site } from "./site.js";
import type { Stack } from "./stack.js";

describe("a stack after changes by hand", () => {
  testsBuildOnEachOther();
  let site: Site;
  let stack: Stack;
  before(async () => {
    site = await openSite({}, withTinyKernel);
    stack = await site.stack(links);
    await succeeds(stack.up());
  });
  after(() => site?.close());

  it("shows the drift in a refresh and repairs it in an up, without any other change", async () => {
    const [revisions, links] = [await revisionsOf(stack), await linksOf(site)];
    await site.tower.exec(behindOurBack);
    const drifted = { mtu: "update", address: "update", stp: "update", mac: "update", moved: "update" };
    const others = { boot: "update", down: "update", forwarding: "update", gone: "delete", nat: "delete" };
    await changes(stack.refresh(), { ...drifted, ...others });
    await changes(stack.up(), { ...drifted, ...others, gone: "create", nat: "create" });

    assert.deepEqual(await linksOf(site), links);
    const touched = Object.entries(await revisionsOf(stack)).filter(([name, revision]) => revisions[name] !== revision);
    assert.deepEqual(touched.map(([name]) => name).sort(), Object.keys({ ...drifted, ...others }).sort());
    await changes(stack.refresh(), {});
  });

  it("has the actual values in its state after a refresh", async () => {
    await site.tower.exec("ip link set dev b-mtu mtu 1280; ip link set dev t-moved nomaster");
    await changes(stack.refresh(), { mtu: "update", moved: "update" });
    const { mtu, moved } = await stack.resources();
    assert.equal(mtu?.outputs.mtu, 1280);
    assert.equal(moved?.outputs.bridge, undefined);
    await changes(stack.up(), { mtu: "update", moved: "update" });
  });

  it("treats a bridge without our mark as absent, and takes it over only with adopt: true", async () => {
    await site.tower.exec("ip link set dev b-alias alias 'now mine'");
    await changes(stack.refresh(), { alias: "delete" });
    await fails(stack.up(), /b-alias exists and belongs to another program.*adopt: true/s);
    assert.match(await site.tower.exec("cat /sys/class/net/b-alias/ifalias"), /now mine/);
    await stack.write(links.replace('bridge("alias")', 'bridge("alias", { adopt: true })'));
    await changes(stack.up(), { alias: "create" });
  });

  it("restores a deleted tap and a stopped guest, without a restart of other guests", async () => {
    const guests = await site.stack(threeGuests);
    await succeeds(guests.up());
    const three = await pidOf(site.tower, "three");
    const tap = (await guests.resources())["one-tap"]?.outputs.name;
    await site.tower.exec(`ip link del ${tap}; systemctl stop 'pulumi-kvm-guest@two-*'`);
    await changes(guests.refresh(), { "one-tap": "delete", one: "update", two: "update" });
    await changes(guests.up(), { "one-tap": "create", one: "update", two: "update" });
    for (const n of [1, 2, 3]) assert.ok(await pings(site.tower, `192.168.50.1${n}`), `guest ${n} answers`);
    assert.equal(await pidOf(site.tower, "three"), three);
    await changes(guests.refresh(), {});
    await succeeds(guests.destroy());
  });

  it("is destroyed without leftovers", async () => {
    await succeeds(stack.destroy());
    await nothingLeft(site);
  });
});

const links = program(
  "const made = {};",
  'const bridge = (name, args) => (made[name] = new kvm.Bridge(name, { host, name: "b-" + name, ...args }));',
  'const tap = (name, bridge) => (made[name] = new kvm.Tap(name, { host, name: "t-" + name, bridge: bridge.name }));',
  'const steady = bridge("steady", { addresses: ["192.168.51.1/24"], mtu: 1400 });',
  'bridge("mtu", { mtu: 1400 });',
  'bridge("address", { addresses: ["192.168.52.1/24", "fd52::1/64"] });',
  'bridge("stp"); bridge("mac"); bridge("alias"); bridge("boot"); bridge("down");',
  'made.forwarding = new kvm.IpForwarding("forwarding", { host });',
  'made.nat = new kvm.Masquerade("nat", { host, source: "192.168.51.0/24", outInterface: "host0" });',
  'tap("still", steady); tap("moved", steady); tap("gone", steady);',
  "export const revisions = pulumi.all(Object.fromEntries(Object.entries(made).map(([name, { revision }]) => [name, revision])));",
);

const threeGuests = program(
  'const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.50.1/24"] });',
  'tiny("one", lan, "192.168.50.11/24"); tiny("two", lan, "192.168.50.12/24"); tiny("three", lan, "192.168.50.13/24");',
);

const behindOurBack = `set -e
ip link set dev b-mtu mtu 1300
ip address del 192.168.52.1/24 dev b-address
ip address add 192.168.53.1/24 dev b-address
ip link set dev b-stp type bridge stp_state 1
ip link set dev b-mac address 02:00:00:00:00:99
ip link set dev b-down down
ip link del t-gone
echo 0 >/proc/sys/net/ipv4/ip_forward
iptables -t nat -F
ip link set dev t-moved master b-stp
rm /etc/pulumi-kvm/boot.d/*-Bridge.b-boot.*`;

const revisionsOf = async (stack: Stack) => (await stack.outputs()).revisions as Record<string, string>;

/** The settings of our links, and their boot scripts, without numbers that the kernel chooses. */
async function linksOf({ tower }: Site): Promise<string[]> {
  const links = JSON.parse(await tower.exec("ip -json -details address")) as Record<string, unknown>[];
  const ours = links.filter(({ ifalias }) => String(ifalias).startsWith("pulumi-kvm:"));
  const facts = ours.map(({ ifname, mtu, master, flags, address, ifalias, addr_info }) => {
    const addresses = (addr_info as { local: string; scope: string }[]).filter(({ scope }) => scope === "global");
    const mac = String(ifname).startsWith("b-") ? address : "a tap's own";
    return [
      ifname,
      mtu,
      master,
      String(flags).includes("UP"),
      mac,
      ifalias,
      ...addresses.map((a) => a.local).sort(),
    ].join(" ");
  });
  const scripts = await tower.exec(
    "cd /etc/pulumi-kvm/boot.d; sha256sum *; cat /sys/class/net/*/bridge/stp_state /proc/sys/net/ipv4/ip_forward; iptables -t nat -S",
  );
  return [...facts.sort(), scripts];
}
