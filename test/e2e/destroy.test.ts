import assert from "node:assert/strict";
import { testsBuildOnEachOther } from "../in-order.js";
import { changes, fails, nothingLeft, succeeds } from "./expect.js";
import { followConsole, pidOf, pings } from "./guests.js";
import { program, withTinyKernel } from "./programs.js";
import { openSite, type Site } from "./site.js";
import type { Stack } from "./stack.js";

describe("a stack with running guests", () => {
  testsBuildOnEachOther();
  let site: Site;
  let stack: Stack;
  before(async () => {
    site = await openSite({}, withTinyKernel);
    stack = await site.stack(lab());
    await succeeds(stack.up());
  });
  after(() => site?.close());

  it("is back after a reboot of the hypervisor, without a run of Pulumi", async () => {
    await site.tower.reboot();
    await answer(site, "192.168.50.2", "192.168.50.3");
    await changes(stack.refresh(), {});
  });

  it("keeps a protected disk in a destroy", async () => {
    await stack.write(lab("protect: true"));
    await succeeds(stack.up());
    await fails(stack.destroy(), /data.*protect/s);
    assert.match(await site.tower.exec("ls /var/lib/pulumi-kvm/disks"), /^data-.*\.qcow2$/m);
    await stack.write(lab());
    await succeeds(stack.up());
  });

  it("powers its guests down cleanly in a destroy, and leaves nothing", async () => {
    const consoles = await Promise.all(["one", "two"].map((name) => followConsole(site.tower, name)));
    await succeeds(stack.destroy());
    for (const console of consoles) {
      const said = await console();
      assert.match(said, /tiny: power button/);
      assert.match(said, /tiny: powering off/);
    }
    await nothingLeft(site);
  });

  it("is destroyed completely although a tap is absent and a guest hangs", async () => {
    await succeeds(stack.up());
    await site.tower.exec(`ip link del spare0; kill -STOP ${await pidOf(site.tower, "two")}`);
    assert.ok(!(await pings(site.tower, "192.168.50.3")), "it hangs");
    const console = await followConsole(site.tower, "two");
    await succeeds(stack.destroy());
    assert.doesNotMatch(await console(), /powering off/, "it could not");
    await nothingLeft(site);
  });
});

function lab(diskOptions = ""): string {
  return program(
    'const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.50.1/24"] });',
    'new kvm.Tap("spare", { host, bridge: lan.name, name: "spare0" });',
    `const data = new kvm.Disk("data", { host, sizeGiB: 0.125 }, { ${diskOptions} });`,
    'tiny("one", lan, "192.168.50.2/24", { disks: [data] });',
    'tiny("two", lan, "192.168.50.3/24", { stopWithinSeconds: 4 });',
  );
}

/** Waits until all addresses answer, at most a minute each. */
async function answer({ tower }: Site, ...addresses: string[]): Promise<void> {
  for (const address of addresses) {
    const end = performance.now() + 60_000;
    while (!(await pings(tower, address))) assert.ok(performance.now() < end, `${address} does not answer`);
  }
}
