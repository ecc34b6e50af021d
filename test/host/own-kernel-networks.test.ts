import assert from "node:assert/strict";
import { closeTransports } from "../../provider/transport/pool";
import { testsBuildOnEachOther } from "../in-order";
import { isFullRun } from "../sample";
import { triesBridgeOverBond, triesBridgeOverVlan, triesBridgesGiveBack } from "./own-kernel-bridges";
import { triesDocker, triesFirewalld, triesUfw } from "./own-kernel-firewalls";
import { areAsWished, make, type OwnKernel } from "./own-kernel-guests";
import { standing } from "./own-kernel-links";
import { newOwner } from "./owner";
import { firstBootOf } from "./public-bridge-site";
import { needsRoot, newMachine } from "./site";

/**
 * Other programs that change the packet filter, with traffic, and public bridges over a bond and a VLAN: on one machine with its
 * own kernel, with one reboot for everything that must survive one. It takes ten minutes of CPU: `npm run test:full`.
 */
if (isFullRun)
  describe("a hypervisor with its own kernel, with Docker, ufw and firewalld", function () {
    this.timeout("25m");
    testsBuildOnEachOther();
    const at = { made: [] } as unknown as OwnKernel;
    const keys = ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"];
    const values = () => at.machine.exec(`cd /proc/sys/net/bridge; echo $(cat ${keys.join(" ")})`);
    const modules = () => at.machine.exec("lsmod | grep -c ^br_netfilter || :");

    before(async function () {
      needsRoot(this);
      at.machine = await newMachine("own-kernel");
      at.anna = await newOwner(at.machine.name, "life/anna");
    });
    after(() => at.machine?.stop());

    it("loads the kernel module that a Sysctl needs", async () => {
      assert.equal(await modules(), "0");
      for (const key of keys)
        await make(at, "Sysctl", `lan/lan-${key}`, { key: `net.bridge.${key}`, value: 0, module: "br_netfilter" });
      assert.equal(await modules(), "1");
      assert.equal(await values(), "0 0");
      await areAsWished(at);
    });

    triesBridgeOverBond(at);
    triesDocker(at);
    triesUfw(at);
    triesFirewalld(at);
    triesBridgeOverVlan(at);

    it("has all its objects after a reboot, without a run of Pulumi", async () => {
      const before = await at.machine.exec(standing);
      await at.machine.reboot();
      await firstBootOf(at.machine);
      closeTransports();
      assert.equal(await modules(), "1");
      assert.equal(await values(), "0 0");
      assert.equal(await at.machine.exec(standing), before);
      await areAsWished(at);
    });

    triesBridgesGiveBack(at);

    it("has no object of pulumi-kvm after all resources are deleted", async () => {
      await Promise.all(at.made.map((one) => at.anna.remove(one)));
      await at.anna.leave();
      assert.equal(await at.machine.exec("ls -A /var/lib/pulumi-kvm /etc/pulumi-kvm 2>/dev/null || :"), "");
      assert.doesNotMatch(await at.machine.exec("iptables-save; nft list ruleset"), /pulumi/i);
    });
  });
