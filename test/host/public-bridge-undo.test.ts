import assert from "node:assert/strict";
import { faults } from "../campaign/faults";
import { type Subject, subjectOf } from "../campaign/run";
import type { Hypervisor } from "../lab/hypervisor";
import { newOwner } from "./owner";
import { type BridgeSite, openBridgeSite } from "./public-bridge-site";
import { needsRoot } from "./site";

/** Addresses with more than a prefix length. They move to the bridge, and a rollback restores them exactly. */
describe("a network change with all types of addresses", () => {
  let site: BridgeSite;
  let tower: Hypervisor;
  let subject: Subject;
  const shown = () => tower.exec("ip -4 -oneline address show; ip -4 route");

  before(async function () {
    needsRoot(this);
    site = await openBridgeSite();
    tower = await site.tower("kinds", { variant: "ifupdown" });
    // As hosting companies document it: the gateway is the peer.
    const gateway = tower.address.replace(/\d+$/, "1");
    await tower.exec("cat >/etc/network/interfaces.d/host0", {
      input: `auto host0\niface host0 inet static\n    address ${tower.address}\n    netmask 255.255.255.255\n    pointopoint ${gateway}\n    gateway ${gateway}\n`,
    });
    await tower.reboot();
    subject = await subjectOf(tower, await newOwner("kinds", "life/anna"));
  });
  after(() => site?.stop());

  it("creates a bridge over a NIC with a peer address, and restores the NIC", async () => {
    const before = await shown();
    for (const _ of ["create", "delete"]) await subject.heal();
    assert.equal(await shown(), before);
  });

  it("restores exactly the old state in a rollback, with the network manager's tools or with ip", async () => {
    const added = [
      "198.18.250.7/24 brd + label host0:0",
      "198.18.250.9/24 label host0:1",
      "198.18.250.8/32 peer 198.18.250.1",
    ];
    for (const one of added) await tower.exec(`ip address add ${one} dev host0`);
    const before = await shown();
    const { state, said } = await subject.suffer(faults.commandFails({ of: "ifup", nth: 1 }));
    assert.equal(state, "old", said);
    assert.match(said, /ifup: this call was made to fail[\s\S]*by hand/);
    assert.equal(await shown(), before);
  });
});
