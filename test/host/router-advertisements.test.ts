import assert from "node:assert/strict";
import { testsBuildOnEachOther } from "../in-order";
import type { Hypervisor } from "../lab/hypervisor";
import { type Made, newOwner, type Owner } from "./owner";
import { needsRoot, newTower } from "./site";

/** A host that gets its own default route from router advertisements, and becomes a router itself. */
describe("IPv6 forwarding on a hypervisor that hears router advertisements", function () {
  testsBuildOnEachOther();
  let tower: Hypervisor;
  let anna: Owner;
  let ben: Owner;
  let hers: Made;
  const defaultRoute = () => tower.exec("ip -6 route show default proto ra");
  const settings = () => tower.exec("cd /proc/sys/net/ipv6/conf; cat all/forwarding up0/accept_ra");

  this.beforeAll(async function () {
    needsRoot(this);
    tower = await newTower("advertised");
    await tower.exec(router);
    anna = await newOwner(tower.name, "ra/anna");
    ben = await newOwner(tower.name, "ra/ben");
  });
  this.afterAll(() => tower?.stop());

  it("loses the default route when only forwarding is set", async () => {
    assert.match(await defaultRoute(), /via fe80::/);
    await tower.exec("echo 1 >/proc/sys/net/ipv6/conf/all/forwarding");
    assert.equal(await defaultRoute(), "");
    await tower.exec(
      "echo 0 >/proc/sys/net/ipv6/conf/all/forwarding; ip link set dev up0 down; ip link set dev up0 up",
    );
    await tower.exec(heard);
  });

  it("keeps the default route", async () => {
    hers = await anna.make("IpForwarding", "forwarding", { ipv4: false, ipv6: true });
    assert.match(await defaultRoute(), /via fe80::/);
    assert.equal(await settings(), "1\n2");
  });

  it("keeps the default route as long as one stack forwards", async () => {
    const his = await ben.make("IpForwarding", "forwarding", { ipv4: false, ipv6: true });
    await anna.remove(hers);
    assert.equal(await settings(), "1\n2");
    assert.match(await defaultRoute(), /via fe80::/);
    await ben.remove(his);
    assert.equal(await settings(), "0\n1");
    assert.match(await defaultRoute(), /via fe80::/);
  });

  it("does not change settings that another program has set", async () => {
    await tower.exec("ip link add name quiet0 type bridge; echo 0 >/proc/sys/net/ipv6/conf/quiet0/accept_ra");
    const wish = { key: "net.ipv6.conf.up0.accept_ra", value: 1 };
    const deaf = await ben.make("Sysctl", "deaf", wish);
    hers = await anna.make("IpForwarding", "forwarding", { ipv4: false, ipv6: true });
    assert.equal(await settings(), "1\n1");
    assert.equal(await tower.exec("cat /proc/sys/net/ipv6/conf/quiet0/accept_ra"), "0");
    await anna.remove(hers);
    await ben.remove(deaf);
    assert.equal(await settings(), "0\n1");
  });
});

/** Waits for the default route from an advertisement. */
const heard = `for i in $(seq 100); do
  if ip -6 route show default proto ra | grep -q via; then break; fi
  sleep 0.1
done`;

const router = `ip netns add router
ip link add name up0 type veth peer name lan0 netns router
ip -netns router address add fd55::1/64 dev lan0 nodad
ip -netns router link set dev lan0 up
ip link set dev up0 up
ip netns exec router dnsmasq --conf-file=/dev/null --port=0 --user=root --pid-file=/run/ra.pid --interface=lan0 \\
  --enable-ra --dhcp-range=fd55::,ra-only,64 --ra-param=lan0,4,60
${heard}`;
