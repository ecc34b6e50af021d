import assert from "node:assert/strict";
import { closeTransports } from "../../provider/transport/pool";
import { testsBuildOnEachOther } from "../in-order";
import type { Hypervisor } from "../lab/hypervisor";
import { difference } from "../lab/snapshot";
import { provide } from "./harness";
import { type Made, newOwner, type Owner } from "./owner";
import { needsRoot, newTower } from "./site";

/** The two settings that a PublicBridge creates for bridgeNetfilter: "off". */
const keys = ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"];

function turnOff(owner: Owner): Promise<Made[]> {
  const args = { value: 0, module: "br_netfilter" };
  return Promise.all(keys.map((key) => owner.make("Sysctl", `lan/lan-${key}`, { key: `net.bridge.${key}`, ...args })));
}

async function giveUp(owner: Owner, made: readonly Made[]): Promise<void> {
  for (const one of made) await owner.remove(one);
  await owner.leave();
}

async function areAsWished(owner: Owner, made: readonly Made[]): Promise<void> {
  for (const one of made) assert.deepEqual((await owner.refresh(one))?.inputs, one.inputs);
}

describe("bridge netfilter on a hypervisor", () => {
  testsBuildOnEachOther();
  let tower: Hypervisor;
  let atFirst: string;
  let anna: Owner;
  let made: Made[];
  const values = () => tower.exec(`cd /proc/sys/net/bridge; echo $(cat ${keys.join(" ")})`);

  before(async function () {
    needsRoot(this);
    tower = await newTower("bridge-netfilter");
    atFirst = await tower.snapshot();
    anna = await newOwner(tower.name, "life/anna");
  });
  after(() => tower?.stop());

  it("drops bridged frames when the host drops forwarded packets, until it is off", async () => {
    await tower.exec(neighbours);
    assert.deepEqual([await values(), await tower.exec(heard)], ["1 1", "not heard\nnot heard"]);
    made = await turnOff(anna);
    assert.deepEqual([await values(), await tower.exec(heard)], ["0 0", "heard\nheard"]);
    await areAsWished(anna, made);
  });

  it("stays off after a reboot, without a run of Pulumi", async () => {
    await tower.reboot();
    closeTransports();
    assert.equal(await values(), "0 0");
    await areAsWished(anna, made);
  });

  it("has its original value when both stacks have released it", async () => {
    const ben = await newOwner(tower.name, "life/ben");
    const his = await turnOff(ben);
    await giveUp(anna, made);
    assert.equal(await values(), "0 0");
    await giveUp(ben, his);
    assert.equal(await values(), "1 1");
    assert.deepEqual(difference(atFirst, await tower.snapshot()), []);
  });
});

describe("bridge netfilter on a hypervisor that has not loaded the module", () => {
  testsBuildOnEachOther();
  let tower: Hypervisor;
  let anna: Owner;
  let made: Made[];
  const values = () => tower.exec(`cd /proc/sys/net/bridge; echo $(cat ${keys.join(" ")} 2>&1 | sed 's/.*: //')`);

  before(async function () {
    needsRoot(this);
    tower = await newTower("no-netfilter");
    await tower.exec(provide, { input: unloaded });
    anna = await newOwner(tower.name, "life/anna");
  });
  after(() => tower?.stop());

  it("is loaded and turned off by a Sysctl", async () => {
    assert.match(await values(), /No such file/);
    made = await turnOff(anna);
    assert.equal(await values(), "0 0");
    await areAsWished(anna, made);
  });

  it("is loaded and turned off after a reboot, without a run of Pulumi", async () => {
    await tower.reboot();
    closeTransports();
    assert.equal(await tower.exec("cat /run/loaded"), "-q -- br_netfilter");
    assert.equal(await values(), "0 0");
    await areAsWished(anna, made);
  });

  it("stays off when all stacks have released it, because it was not on before", async () => {
    await giveUp(anna, made);
    assert.equal(await values(), "0 0");
    assert.equal(await tower.exec("ls -A /var/lib/pulumi-kvm /etc/pulumi-kvm 2>/dev/null || :"), "");
  });
});

/** Two network namespaces on a bridge of a host that drops forwarded packets. */
const neighbours = `ip link add name br0 type bridge
for n in 1 2; do
  ip netns add n$n
  ip link add name p$n type veth peer name eth0 netns n$n
  ip link set dev p$n master br0 up
  ip -netns n$n address add 192.0.2.$n/24 dev eth0
  ip -netns n$n address add fd00::$n/64 dev eth0 nodad
  ip -netns n$n link set dev eth0 up
done
ip link set dev br0 up
iptables -P FORWARD DROP
ip6tables -P FORWARD DROP`;

/** Whether one namespace hears the other. The flush makes it ask again for a neighbour that did not answer before. */
const heard = `ip -netns n1 neighbour flush dev eth0
for address in 192.0.2.2 fd00::2; do
  ip netns exec n1 ping -c 1 -W 2 $address >/dev/null && echo heard || echo not heard
done`;

/**
 * A container cannot load a module, and its kernel already has this one. So a mount covers the keys, and the fake
 * modprobe removes the mount.
 */
const unloaded = `mount -t tmpfs cover /proc/sys/net/bridge
printf '%s\\n' '#!/bin/sh' 'echo "$*" >>/run/loaded' 'umount /proc/sys/net/bridge' >/usr/local/sbin/modprobe
chmod +x /usr/local/sbin/modprobe`;
