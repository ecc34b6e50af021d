import assert from "node:assert/strict";
import { closeTransports } from "../../provider/transport/pool";
import { testsBuildOnEachOther } from "../in-order";
import type { Hypervisor } from "../lab/hypervisor";
import { difference } from "../lab/snapshot";
import { type Made, newOwner, type Owner, type Properties } from "./owner";
import { needsRoot, newTower } from "./site";

/** A host whose firewall rules of two stacks together decide whether SSH still reaches it. */
for (const backend of ["iptables", "nftables"] as const)
  describe(`a hypervisor whose ${backend} rules drop all but SSH`, function () {
    testsBuildOnEachOther();
    const name = `lockout-${backend}`;
    let tower: Hypervisor;
    let before: string;
    let anna: Owner;
    let ben: Owner;
    let ssh: Made;
    let rest: Made;

    this.beforeAll(async function () {
      needsRoot(this);
      tower = await newTower(name);
      before = await tower.snapshot();
      anna = await newOwner(name, "work/anna");
      ben = await newOwner(name, "work/ben");
    });
    this.afterAll(() => tower?.stop());

    const acceptsSsh: Properties = {
      ...{ chain: "input", action: "accept", backend },
      ...{ protocol: "tcp", destinationPorts: [22] },
    };
    const dropsAll: Properties = { chain: "input", action: "drop", backend };

    /** A login over a connection of its own, because the firewall may let an old one pass. */
    async function canLogIn(): Promise<void> {
      await closeTransports();
      await anna.remove(await anna.make("Sysctl", "proof", { key: "net.ipv4.conf.default.arp_announce", value: 1 }));
    }

    it("refuses to drop all traffic while no rule accepts SSH", async () => {
      await assert.rejects(ben.make("FirewallRule", "rest", dropsAll), /would drop .*TCP port 22 of the host/);
      await canLogIn();
    });

    it("drops all other traffic after a rule accepts SSH", async () => {
      ssh = await anna.make("FirewallRule", "ssh", acceptsSsh);
      rest = await ben.make("FirewallRule", "rest", dropsAll);
      await canLogIn();
    });

    it("refuses to delete, to move or to narrow the rule that accepts SSH", async () => {
      const lockout = /would drop .*TCP port 22 of the host/;
      await assert.rejects(anna.remove(ssh), lockout);
      await assert.rejects(anna.update(ssh, { ...acceptsSsh, order: 900 }), lockout);
      await assert.rejects(anna.update(ssh, { ...acceptsSsh, destinationPorts: [2222] }), lockout);
      await canLogIn();
    });

    it("refuses to move the rule that drops all before the rule that accepts SSH", async () => {
      await assert.rejects(ben.update(rest, { ...dropsAll, order: 1 }), /would drop .*TCP port 22 of the host/);
      await canLogIn();
    });

    it("answers after a reboot", async () => {
      await tower.reboot();
      await canLogIn();
    });

    it("deletes both rules at once, in either order", async () => {
      await Promise.all([anna.remove(ssh), ben.remove(rest)]);
      await anna.leave();
      await ben.leave();
      assert.deepEqual(difference(before, await tower.snapshot()), []);
    });
  });
