import assert from "node:assert/strict";
import { closeTransports } from "../../provider/transport/pool";
import { testsBuildOnEachOther } from "../in-order";
import type { Hypervisor } from "../lab/hypervisor";
import { sampleOf } from "../sample";
import {
  areAsWished,
  connects,
  container,
  firewalld,
  heard,
  make,
  neighbours,
  type OwnKernel,
  page,
} from "./own-kernel-guests";
import { newOwner } from "./owner";
import { needsRoot, newMachine } from "./site";

/**
 * Tests that a container cannot run: loading modules, and other programs that change the packet filter in their own
 * way. Each run takes one of these programs, and a full run takes all of them.
 */
describe("a hypervisor with its own kernel", function () {
  this.timeout("25m");
  testsBuildOnEachOther();
  const keys = ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"];
  let machine: Hypervisor;
  let at: OwnKernel;
  const values = () => machine.exec(`cd /proc/sys/net/bridge; echo $(cat ${keys.join(" ")})`);

  before(async function () {
    needsRoot(this);
    machine = await newMachine("own-kernel");
    at = { machine, anna: await newOwner(machine.name, "life/anna"), made: [] };
  });
  after(() => machine?.stop());

  it("loads the kernel module that a Sysctl needs", async () => {
    assert.equal(await machine.exec("lsmod | grep -c ^br_netfilter || :"), "0");
    for (const key of keys)
      await make(at, "Sysctl", `lab/${key}`, { key: `net.bridge.${key}`, value: 0, module: "br_netfilter" });
    assert.equal(await machine.exec("lsmod | grep -c ^br_netfilter"), "1");
    assert.equal(await values(), "0 0");
    await areAsWished(at);
  });

  it("loads the module at the next boot too, without a run of Pulumi", async () => {
    await machine.reboot();
    closeTransports();
    assert.equal(await machine.exec("lsmod | grep -c ^br_netfilter"), "1");
    assert.equal(await values(), "0 0");
    await areAsWished(at);
  });

  it("connects a guest with the outside in both directions", async () => {
    await machine.exec(neighbours);
    await make(at, "IpForwarding", "lab/forwarding", {});
    await make(at, "Masquerade", "lab/nat", { source: "192.0.2.0/24", outInterface: "host0" });
    await make(at, "FirewallRule", "lab/out", { chain: "forward", source: "192.0.2.0/24", action: "accept" });
    await make(at, "FirewallRule", "lab/back", { chain: "forward", destination: "192.0.2.0/24", action: "accept" });
    await make(at, "PortForward", "lab/web", { protocol: "tcp", listenPort: 8080, to: "192.0.2.2:80" });
    await connects(at);
  });

  const besideOthers = {
    Docker: triesDocker,
    ufw: triesUfw,
    firewalld: triesFirewalld,
  };
  for (const other of sampleOf("own-kernel", ["Docker", "ufw", "firewalld"] as const)) besideOthers[other]();

  it("has no object of pulumi-kvm after all resources are deleted", async () => {
    for (const one of at.made.reverse()) await at.anna.remove(one);
    await at.anna.leave();
    assert.equal(await machine.exec("ls -A /var/lib/pulumi-kvm /etc/pulumi-kvm 2>/dev/null || :"), "");
    assert.doesNotMatch(await machine.exec("iptables-save; nft list ruleset"), /pulumi/i);
  });

  function triesDocker(): void {
    it("connects guests on a bridge with Docker on the host, also after Docker restarts", async () => {
      await machine.exec("systemctl start docker");
      assert.match(await machine.exec("iptables -S FORWARD"), /^-P FORWARD DROP$/m);
      assert.equal(await machine.exec(heard), "heard");
      await machine.exec("systemctl restart docker");
      assert.equal(await machine.exec(heard), "heard");
      assert.equal(await values(), "0 0");
      await areAsWished(at);
    });

    it("connects a guest with the outside in both directions with Docker's containers, also after Docker restarts", async () => {
      await machine.exec(container);
      assert.equal(await page(at, 8081), "container\n");
      await machine.exec("systemctl restart docker");
      assert.equal(await page(at, 8081), "container\n");
      await connects(at);
      await areAsWished(at);
      await machine.exec("docker rm -f box; systemctl stop docker docker.socket");
    });
  }

  function triesUfw(): void {
    it("connects a guest with the outside in both directions with ufw, also after ufw reloads its rules", async () => {
      await machine.exec("ufw allow 22/tcp; ufw --force enable");
      await connects(at);
      await machine.exec("ufw reload");
      await connects(at);
      await areAsWished(at);
      await machine.exec("ufw --force disable");
    });
  }

  function triesFirewalld(): void {
    it("keeps all our rules when firewalld reloads or restarts", async () => {
      await machine.exec(firewalld.started);
      await machine.exec(firewalld.reloaded);
      await areAsWished(at);
      await machine.exec(firewalld.restarted);
      await areAsWished(at);
      await machine.exec("systemctl stop firewalld");
    });
  }
});
