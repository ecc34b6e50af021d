import assert from "node:assert/strict";
import { testsBuildOnEachOther } from "../in-order";
import type { Hypervisor } from "../lab/hypervisor";
import { difference } from "../lab/snapshot";
import { type Made, newOwner, type Owner } from "./owner";
import { type BridgeSite, firstBootOf, openBridgeSite } from "./public-bridge-site";
import { needsRoot } from "./site";

/** A change that runs, is confirmed, and does not come up at the next boot: somebody's edit makes it so here. */
describe("the first boot after a change of a host's own network", () => {
  testsBuildOnEachOther();
  const args = { nic: "host0", confirmWithinSeconds: 10 };
  const guard = "ls -d /var/lib/pulumi-kvm/change.boot /etc/systemd/system/pulumi-kvm-[gf]* 2>/dev/null | wc -l";
  let site: BridgeSite;
  let tower: Hypervisor;
  let atFirst: string;
  let anna: Owner;
  let made: Made;
  const holder = async () => (await tower.exec(`ip -brief -4 address | grep ' ${tower.address}/'`)).split(/[@ ]/)[0];
  before(async function () {
    needsRoot(this);
    site = await openBridgeSite();
    tower = await site.tower("first-boot", { variant: "networkd", ipv6: true });
    anna = await newOwner("first-boot", "life/anna");
    await tower.settled();
    atFirst = await tower.snapshot();
  });
  after(() => site?.stop());

  it("needs no guard when the files are again those that the host booted with", async () => {
    made = await anna.make("PublicBridge", "lab/lan", args);
    assert.equal(await tower.exec(guard), "3");
    await anna.remove(made);
    assert.equal(await tower.exec(guard), "0");
  });

  it("puts the old files back when the host then has no network, and the next run says so", async () => {
    made = await anna.make("PublicBridge", "lab/lan", args);
    made = await anna.update(made, { ...args, addresses: [`${tower.address}/24`, `${tower.address6}/64`] });
    await tower.exec("sed -i '/^Address=/d' /etc/systemd/network/00-pulumi-kvm-br-host0.network");
    await tower.reboot();
    await firstBootOf(tower);
    assert.deepEqual([await holder(), await tower.exec(guard)], ["host0", "0"]);
    assert.equal(await anna.refresh(made), undefined);
    const said: string[] = [];
    const { error } = console;
    console.error = (text: string) => void said.push(text);
    try {
      made = await anna.make("PublicBridge", "lab/lan", args);
    } finally {
      console.error = error;
    }
    assert.match(
      said.join("\n"),
      /last time it was undone[\s\S]*undone: the first boot with it: br-host0 did not get /,
    );
  });

  it("is no more than a look when all is well", async () => {
    assert.deepEqual((await anna.refresh(made))?.inputs, made.inputs);
    await tower.reboot();
    await firstBootOf(tower);
    assert.deepEqual([await holder(), await tower.exec(guard)], ["br-host0", "0"]);
    assert.deepEqual((await anna.refresh(made))?.inputs, made.inputs);
  });

  it("leaves no guard after a destroy, also when the change before it was not proved by a boot", async () => {
    made = await anna.update(made, { ...args, addresses: [`${tower.address}/24`, `${tower.address6}/64`] });
    assert.equal(await tower.exec(guard), "3");
    await anna.remove(made);
    await anna.leave();
    assert.deepEqual(difference(atFirst, await tower.snapshot()), []);
    await tower.reboot();
    assert.deepEqual(difference(atFirst, await tower.snapshot()), []);
  });
});
