import assert from "node:assert/strict";
import { linkLocal } from "../../provider/core/addresses.js";
import { changes, nothingLeft, succeeds } from "./expect.js";
import { pings } from "./guests.js";
import { program, withTinyKernel } from "./programs.js";
import { openSite, type Site } from "./site.js";
import type { Stack } from "./stack.js";

describe("two sets of the same resources on one hypervisor", () => {
  let site: Site;
  before(async () => {
    site = await openSite({}, withTinyKernel);
  });
  after(() => site?.close());

  it("work as two stacks with the same name in two state backends", async () => {
    const stacks = await Promise.all([site.stack(lab), site.stack(lab)]);
    await Promise.all(stacks.map((stack) => succeeds(stack.up())));
    await Promise.all(stacks.map(works));
    await Promise.all(stacks.map((stack) => changes(stack.refresh(), {})));

    const [first, second] = stacks as [Stack, Stack];
    await succeeds(first.destroy());
    await works(second);
    await changes(second.refresh(), {});
    await succeeds(second.destroy());
    await nothingLeft(site);
  });

  it("work as two components of one stack", async () => {
    const stack = await site.stack(twice);
    await succeeds(stack.up());
    const { left, right } = await stack.outputs();
    assert.equal(new Set([...(left as string[]), ...(right as string[])]).size, 4, "no two have one name");
    await worksOn(left as string[]);
    await worksOn(right as string[]);
    await stack.write(once);
    const gone = { left: "delete", "left-lan": "delete", "left-one": "delete", "left-one-tap": "delete" };
    assert.deepEqual(Object.values((await succeeds(stack.up())).changes), Object.values(gone));
    await worksOn((await stack.outputs()).right as string[]);
    await succeeds(stack.destroy());
    await nothingLeft(site);
  });

  const works = async (stack: Stack) => worksOn((await stack.outputs()).names as string[]);

  /**
   * The subnet exists more than once on this host. So it pings the guest's link-local address, which only its own
   * bridge reaches.
   */
  async function worksOn([bridge, guest]: string[]): Promise<void> {
    const start = await site.tower.exec(`cat /var/lib/pulumi-kvm/guests/${guest}/start`);
    const [, mac = ""] = /mac=([0-9a-f:]+)/.exec(start) ?? [];
    assert.ok(await pings(site.tower, `${linkLocal(mac)}%${bridge}`), `${guest} on ${bridge}`);
  }
});

const lab = program(
  'const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.50.1/24"] });',
  'const one = tiny("one", lan, "192.168.50.2/24");',
  "export const names = [lan.name, one.name];",
);

const set = `
class Lab extends pulumi.ComponentResource {
  constructor(name) {
    super("test:Lab", name);
    const lan = new kvm.Bridge(name + "-lan", { host, addresses: ["192.168.50.1/24"] }, { parent: this });
    this.names = [lan.name, tiny(name + "-one", lan, "192.168.50.2/24", {}, {}, { parent: this }).name];
  }
}`;
const right = 'export const right = new Lab("right").names;';
const twice = program(set, 'export const left = new Lab("left").names;', right);
const once = program(set, right);
