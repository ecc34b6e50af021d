import assert from "node:assert/strict";
import type { Hypervisor } from "../lab/hypervisor.js";
import { changes, fails, nothingLeft, succeeds } from "./expect.js";
import { describeLab } from "./lab-site.js";
import { program, withTinyKernel } from "./programs.js";
import { openSite, type Site } from "./site.js";
import type { Stack } from "./stack.js";

/** A guest on the host's own LAN. The host drops forwarded packets and filters bridged frames, as with Docker. */
describeLab("a bridge on a host that drops bridged frames", () => {
  let site: Site;
  let stack: Stack;
  let neighbour: Hypervisor;
  let address: string;
  const keys = ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"];
  const values = () => site.tower.exec(`cd /proc/sys/net/bridge; echo $(cat ${keys.join(" ")})`);
  const settings = (done: string) => Object.fromEntries(keys.map((key) => [`lan-${key}`, done]));
  const lan = (more = "") =>
    `const lan = new kvm.PublicBridge("lan", { host, nic: "host0", confirmWithinSeconds: 60, ${more} });`;
  const guest = () => `tiny("one", lan, "${address}/24");`;

  before(async () => {
    site = await openSite({}, async (tower, lab) => {
      await withTinyKernel(tower, lab);
      await tower.exec("iptables -P FORWARD DROP; ip6tables -P FORWARD DROP");
    });
    neighbour = await site.lab.hypervisor("neighbour", { qemu: false });
    address = site.tower.address.replace(/\d+$/, "77");
    stack = await site.stack(program(lan(), guest()));
  });
  after(() => site?.close());

  it("gets a warning with the argument that helps, and its guest is refused", async () => {
    assert.equal(await values(), "1 1");
    await fails(
      stack.up(),
      /PublicBridge lan on tower: IPv4 between guests on br-host0 is dropped by .*, or give bridgeNetfilter: "off"/,
      /Unable to create Guest one on tower: IPv4 between guests on br-host0 is dropped/,
    );
  });

  it("is not filtered when bridgeNetfilter is off, and the LAN reaches the guest", async () => {
    await stack.write(program(lan('bridgeNetfilter: "off"'), guest()));
    await changes(stack.preview(), { lan: "update", ...settings("create"), one: "create" });
    await changes(stack.up(), { lan: "update", ...settings("create"), one: "create" });
    assert.equal(await values(), "0 0");
    assert.equal(await neighbour.exec(`curl -s -m 10 http://${address}/`), "tiny");
  });

  it("is unchanged in a second up and a refresh", async () => {
    await changes(stack.up(), {});
    await changes(stack.refresh(), {});
  });

  it("is deleted completely, and created completely in one run", async () => {
    await succeeds(stack.destroy());
    await nothingLeft(site);
    await succeeds(stack.up());
    assert.equal(await values(), "0 0");
  });

  it("is filtered again when no resource turns the filter off any more", async () => {
    await stack.write(program(lan()));
    await changes(stack.up(), { lan: "update", ...settings("delete"), one: "delete", "one-tap": "delete" });
    assert.equal(await values(), "1 1");
    await succeeds(stack.destroy());
    await nothingLeft(site);
  });
});
