import assert from "node:assert/strict";
import { debianImage } from "../lab/guestImage.js";
import type { Hypervisor } from "../lab/hypervisor.js";
import { describeLab, type LabSite, openLabSite } from "./lab-site.js";
import type { Stack } from "./stack.js";

/**
 * A guest on the LAN of the host, over the NIC of our own connection, with a second machine on that LAN. The user's
 * sudo wants no password.
 */
describeLab("a lab on the host's own LAN", () => {
  let site: LabSite;
  let stack: Stack;
  let neighbour: Hypervisor;

  before(async () => {
    const image = await debianImage(() => {});
    site = await openLabSite({ routerAdvertisements: true, sudo: "nopasswd" });
    neighbour = await site.lab.hypervisor("neighbour", { qemu: false });
    stack = await site.stack(`
      import * as kvm from "pulumi-kvm";
      const host = new kvm.Host("tower");
      const bridge = new kvm.PublicBridge("lan", { host, nic: "host0", confirmWithinSeconds: 60 });
      const page = "python3 -m http.server 80 --bind :: --directory /srv";
      const userData = "#cloud-config\\nruncmd: ['echo hello >/srv/index.html', 'systemd-run " + page + "']\\n";
      const lab = new kvm.PublicBridgeLab("office", {
        host, bridge, image: "file://${image}", accelerator: "tcg", readyWithinSeconds: 1800, guests: { desk: { userData } },
        probe: { url: "${site.lab.outside.url}" },
      });
      export const { guests, proof, sshConfig } = lab;
      export const addresses = bridge.ipAddresses;`);
  });
  after(() => site?.close());

  it("is planned by a preview that does not touch the host", async () => {
    const { code, output, changes } = await stack.preview();
    assert.equal(code, 0, output);
    assert.equal(changes.lan, "create");
    assert.deepEqual(await site.left(), []);
  });

  it("is created and tested by one up, over the NIC of our own connection", async () => {
    const { code, output } = await stack.up();
    assert.equal(code, 0, output);
    const { proof, addresses } = (await stack.outputs()) as { proof: object; addresses: string[] };
    assert.deepEqual(proof, { "desk → host ping": "ok", "desk → http": "200", "host → desk ping": "ok" });
    assert.ok(addresses.includes(`${site.tower.address}/24`), addresses.join(" "));
    assert.equal(
      (await site.tower.exec("cat /sys/class/net/host0/master/ifindex; ls /sys/class/net/br-host0/brif | wc -l")).split(
        "\n",
      )[1],
      "2",
    );
  });

  it("gives its guest a lease from the LAN's own server, and the LAN reaches the guest over IPv4 and IPv6", async () => {
    const { guests, sshConfig } = (await stack.outputs()) as {
      guests: Record<string, { addresses: string[] }>;
      sshConfig: string;
    };
    const [address = ""] = guests.desk?.addresses ?? [];
    const [, host] = /^198\.18\.\d+\.(\d+)$/.exec(address) ?? [];
    assert.ok(Number(host) >= 100 && Number(host) <= 199, address);
    const [address6 = ""] =
      /fd[0-9a-f:]+/.exec(await site.inside("desk", "ip -6 -brief address show scope global")) ?? [];
    for (const there of [address, `[${address6}]`])
      assert.equal(await neighbour.exec(`curl -s -m 10 'http://${there}/'`), "hello", there);
    await neighbour.exec(`ping -c 1 -W 5 ${address} && ping -c 1 -W 5 ${address6}`);
    assert.equal(await site.sshBy(sshConfig, "desk", "hostname"), "desk");
  });

  it("is unchanged in a second up, a refresh and a preview", async () => {
    for (const verb of ["up", "refresh", "preview"] as const) {
      const { code, changes, output } = await stack[verb]();
      assert.equal(code, 0, output);
      assert.deepEqual(changes, {}, verb);
    }
  });

  it("is destroyed, and restores the NIC", async () => {
    const { code, output } = await stack.destroy();
    assert.equal(code, 0, output);
    assert.deepEqual(await site.left(), []);
  });
});
