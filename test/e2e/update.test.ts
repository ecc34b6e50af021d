import assert from "node:assert/strict";
import { testsBuildOnEachOther } from "../in-order.js";
import { changes, nothingLeft, succeeds } from "./expect.js";
import { followConsole, pidOf, pings } from "./guests.js";
import { program, withTinyKernel } from "./programs.js";
import { openSite, type Site } from "./site.js";
import type { Stack } from "./stack.js";

describe("a changed program", () => {
  testsBuildOnEachOther();
  let site: Site;
  let stack: Stack;
  let pids: string[];
  before(async () => {
    site = await openSite({}, withTinyKernel);
    stack = await site.stack(lab());
    await succeeds(stack.up());
    pids = await pidsOf();
    assert.ok((await pings(site.tower, "192.168.50.2")) && (await pings(site.tower, "192.168.50.3")));
  });
  after(() => site?.close());

  const proof = async () => (await stack.resources()).answers?.outputs.result;
  const pidsOf = () => Promise.all(["one", "two"].map((name) => pidOf(site.tower, name)));

  it("changes the MTU and the addresses of a bridge under running guests", async () => {
    await stack.write(lab({ lan: 'mtu: 1400, addresses: ["192.168.50.254/24", "fd50::1/64"]' }));
    await changes(stack.up(), { lan: "update" });
    const link = await site.tower.exec("ip address show dev lan0x");
    assert.match(link, /mtu 1400 .*192\.168\.50\.254\/24.*fd50::1\/64/s);
    assert.doesNotMatch(link, /192\.168\.50\.1\//);
    assert.deepEqual(await pidsOf(), pids);
    assert.ok(await pings(site.tower, "192.168.50.2"));
  });

  it("moves a tap to another bridge and back under a running guest", async () => {
    await stack.write(lab({ lan: newLan, bridgeOfOne: "other" }));
    await changes(stack.up(), { "one-tap": "update" });
    assert.match(await site.tower.exec("ip link show master other0x"), /one-tap/);
    assert.ok(!(await pings(site.tower, "192.168.50.2")), "it is on the other bridge");
    await stack.write(lab({ lan: newLan }));
    await changes(stack.up(), { "one-tap": "update" });
    assert.ok(await pings(site.tower, "192.168.50.2"));
    assert.deepEqual(await pidsOf(), pids);
  });

  it("unplugs a NIC and plugs it in again under a running guest", async () => {
    await stack.write(lab({ lan: newLan, link: "false" }));
    await changes(stack.up(), { one: "update", answers: "update" });
    assert.ok(!(await pings(site.tower, "192.168.50.2")), "its cable is out");
    assert.equal(await proof(), "no answer over HTTP", "it was proved again");
    await changes(stack.refresh(), {});
    await stack.write(lab({ lan: newLan }));
    await changes(stack.up(), { one: "update", answers: "update" });
    assert.ok(await pings(site.tower, "192.168.50.2"));
    assert.equal(await proof(), "200");
    assert.deepEqual(await pidsOf(), pids);
  });

  it("changes the memory of a guest with one clean restart of that guest alone", async () => {
    const console = await followConsole(site.tower, "one");
    await stack.write(lab({ lan: newLan, memory: 128 }));
    await changes(stack.up(), { one: "update", answers: "update" });
    const said = await console();
    assert.equal(said.match(/tiny: powering off/g)?.length, 1, said);
    const [one, two] = await pidsOf();
    assert.notEqual(one, pids[0]);
    assert.equal(two, pids[1]);
    assert.match(await site.tower.exec(`tr '\\0' ' ' </proc/${one}/cmdline`), / -m 128 /);
    await changes(stack.refresh(), {});
  });

  it("deletes a guest with its own objects only", async () => {
    await stack.write(lab({ lan: newLan, one: false }));
    await changes(stack.up(), { one: "delete", "one-tap": "delete", answers: "delete" });
    assert.equal(await pidOf(site.tower, "two"), pids[1]);
    assert.ok(await pings(site.tower, "192.168.50.3"));
    const left = await site.tower.exec(
      "find /etc/systemd /etc/pulumi-kvm /var/lib/pulumi-kvm /run/pulumi-kvm -name '*one-*'; ip -o link",
    );
    assert.doesNotMatch(left, /one-/);
    assert.match(left, /two-tap/);
  });

  it("is destroyed without leftovers", async () => {
    await succeeds(stack.destroy());
    await nothingLeft(site);
  });
});

const newLan = 'mtu: 1400, addresses: ["192.168.50.254/24", "fd50::1/64"]';

function lab({
  lan = 'addresses: ["192.168.50.1/24"]',
  bridgeOfOne = "lan",
  link = "true",
  memory = 96,
  one = true,
} = {}) {
  return program(
    `const lan = new kvm.Bridge("lan", { host, name: "lan0x", ${lan} });`,
    'const other = new kvm.Bridge("other", { host, name: "other0x" });',
    one
      ? `const one = tiny("one", ${bridgeOfOne}, "192.168.50.2/24", { memoryMiB: ${memory} }, { link: ${link} });
         new kvm.Probe("answers", { from: host, http: "http://192.168.50.2/", required: false, timeoutSeconds: 3, triggers: [one.revision] });`
      : "",
    'tiny("two", lan, "192.168.50.3/24");',
  );
}
