import assert from "node:assert/strict";
import { testsBuildOnEachOther } from "../in-order.js";
import { changes, nothingLeft, succeeds } from "./expect.js";
import { program } from "./programs.js";
import { openSite, type Site } from "./site.js";
import type { Stack } from "./stack.js";

describe("a stack", () => {
  testsBuildOnEachOther();
  let site: Site;
  let stack: Stack;
  before(async () => {
    site = await openSite();
    stack = await site.stack(links);
  });
  after(() => site?.close());

  it("is planned by its first preview without a login to the host", async () => {
    const logins = async () => Number(await site.tower.exec("journalctl -u ssh | grep -c Accepted || :"));
    const all = { tower: "create", lan: "create", web: "create" };
    await changes(stack.preview(), all);
    await nothingLeft(site);
    assert.equal(await logins(), 0);
    await changes(stack.up(), all);
    assert.notDeepEqual(await site.left(), [], "an up does leave something, and it would be seen");
    assert.notEqual(await logins(), 0, "an up logs in, and it would be seen");
  });

  it("is unchanged in a second up, a refresh and a preview", async () => {
    await changes(stack.up(), {});
    await changes(stack.refresh(), {});
    await changes(stack.preview(), {});
  });

  it("takes at most 1536 bytes of state for a tap", async () => {
    const { web } = await stack.resources();
    assert.ok(JSON.stringify(web).length <= 1536, JSON.stringify(web, null, 1));
  });

  it("is destroyed without leftovers", async () => {
    await succeeds(stack.destroy());
    await nothingLeft(site);
    assert.deepEqual(await stack.resources(), {});
  });
});

const links = program(
  'const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.50.1/24", "fd99:9999:9999:9999::1/64"] });',
  'new kvm.Tap("web", { host, bridge: lan.name });',
);
