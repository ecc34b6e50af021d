import assert from "node:assert/strict";
import { areAsWished, hears, make, type OwnKernel } from "./own-kernel-guests";
import { defineLinks, files, guestOnBond, ofOthers, plugIntoLan, standing } from "./own-kernel-links";
import type { Made } from "./owner";
import { whatIsSaid } from "./said";

/** Public bridges over a bond and over a VLAN of the kernel, which systemd-networkd configures. */

const args = { confirmWithinSeconds: 120 };
/** Sets the clock an hour forward and back, again and again. No time limit of a change may depend on the clock. */
const clockJumps = `systemd-run --quiet --unit=clock-jumps --collect \\
  sh -c 'while :; do date -s "+1 hour"; sleep 1; date -s "-1 hour"; sleep 1; done'`;

let untouched = "";
let stood = "";

/** Whether the LAN hears the guest on the bridge over the bond. It does not use ping, which ufw always accepts. */
export async function lanHears({ machine }: OwnKernel): Promise<string> {
  return machine.exec("ip netns exec lan curl -sf -m 5 http://203.0.113.3/ >/dev/null && echo heard || echo not heard");
}

export function triesBridgeOverBond(at: OwnKernel): void {
  it("makes a public bridge over a bond, with its addresses and its default route, while the clock jumps", async () => {
    const { machine } = at;
    await machine.exec(defineLinks);
    await machine.exec(plugIntoLan);
    [untouched, stood] = [await machine.exec(files), await machine.exec(standing)];
    await machine.exec(clockJumps);
    await make(at, "PublicBridge", "lan", { nic: "bond0", bridgeNetfilter: "off", ...args });
    await machine.exec("systemctl stop clock-jumps");
    const now = "eth1 eth2 active-backup 5\nbond0 br-bond0 0\neth3.5 1\nbr-bond0 203.0.113.1/24\n";
    assert.equal(await machine.exec(standing), `${now}default via 203.0.113.254 dev br-bond0`);
    assert.equal(await machine.exec(ofOthers), untouched);
    await machine.exec(guestOnBond);
    assert.equal(await lanHears(at), "heard");
    assert.equal(await machine.exec(hears("lan", "203.0.113.1")), "heard");
  });

  it("connects the LAN with its guest when the active port of the bond is down", async () => {
    const active = "cat /sys/class/net/bond0/bonding/active_slave";
    const before = await at.machine.exec(active);
    await at.machine.exec(`ip -netns lan link set dev ${before.replace("eth", "far")} down`);
    assert.equal(await lanHears(at), "heard");
    assert.notEqual(await at.machine.exec(active), before);
    await at.machine.exec(`ip -netns lan link set dev ${before.replace("eth", "far")} up`);
  });
}

export function triesBridgeOverVlan(at: OwnKernel): void {
  it("refuses a NIC in another firewalld zone than the bridge, and accepts it after the command of the error", async () => {
    const { machine } = at;
    await machine.exec(`set -e
      firewall-cmd --zone=public --change-interface=host0
      firewall-cmd --zone=internal --change-interface=eth3.5
      firewall-cmd --set-default-zone=drop`);
    assert.equal(await machine.exec(hears("lan", "198.51.100.1")), "heard");
    const refusal = await make(at, "PublicBridge", "vlan", { nic: "eth3.5", ...args }).then(
      () => "",
      (error: Error) => error.message,
    );
    const told = /firewalld has eth3\.5 in the zone internal, but br-eth3\.5 in .*first: (.*?)(?: \[KVM\d+\])?$/m;
    const [, commands = ""] = told.exec(refusal) ?? [];
    assert.match(commands, /^firewall-cmd .*; firewall-cmd --permanent /, refusal);
    await machine.exec(commands);
    await make(at, "PublicBridge", "vlan", { nic: "eth3.5", ...args });
    assert.equal(await machine.exec(hears("lan", "198.51.100.1")), "heard");
  });

  it("makes a public bridge over a VLAN, with its address, and leaves the VLAN unchanged", async () => {
    const { machine } = at;
    const now = "bond0 br-bond0 0\neth3.5 br-eth3.5 0\nbr-bond0 203.0.113.1/24\nbr-eth3.5 198.51.100.1/24\n";
    assert.equal(
      await machine.exec(standing),
      `eth1 eth2 active-backup 5\n${now}default via 203.0.113.254 dev br-bond0`,
    );
    assert.equal(await machine.exec(ofOthers), untouched);
    await machine.exec("firewall-cmd --set-default-zone=public; systemctl stop firewalld");
    await areAsWished(at);
  });
}

export function triesBridgesGiveBack(at: OwnKernel): void {
  it("restores the addresses of the bond and the VLAN, and leaves the files unchanged", async () => {
    await at.machine.exec(plugIntoLan);
    const bridges = at.made.filter(({ kind }) => kind === "PublicBridge");
    for (const one of bridges.reverse()) {
      await at.anna.remove(one);
      at.made.splice(at.made.indexOf(one), 1);
    }
    assert.equal(await at.machine.exec(standing), stood);
    assert.equal(await at.machine.exec(files), untouched);
    for (const address of ["203.0.113.1", "198.51.100.1"])
      assert.equal(await at.machine.exec(hears("lan", address)), "heard");
  });
}

/** The warnings for the bridge without its `bridgeNetfilter`. */
export function saidOfBridge({ anna, made }: OwnKernel): Promise<string> {
  const { bridgeNetfilter: _off, ...outs } = (made.find(({ kind }) => kind === "PublicBridge") as Made).outs;
  return whatIsSaid(() => anna.refresh({ ...(made.find(({ kind }) => kind === "PublicBridge") as Made), outs }));
}

/** Repairs changed settings, as the next run does. */
export async function mendSettings({ anna, made }: OwnKernel): Promise<void> {
  for (const [i, one] of made.entries()) {
    if (one.kind !== "Sysctl") continue;
    const { key, value, module } = one.inputs;
    const seen = (await anna.refresh(one)) as Made;
    assert.equal(seen.inputs.value, 1);
    made[i] = await anna.update(seen, { key, value, module });
  }
}
