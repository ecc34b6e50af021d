import assert from "node:assert/strict";
import { join } from "node:path";
import { checkout } from "../../tools/checkout.js";
import { changes, nothingLeft, succeeds } from "./expect.js";
import { openSite, type Site } from "./site.js";

/** Examples that a newcomer copies: each folder unchanged, and the lab that the configuration of a stack describes. */
describe("the examples", () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site?.close());

  const image = { host: "tower", image: "/srv/debian.qcow2" };
  const project = (folder: string, config: Record<string, string>) => site.stack(join(checkout, folder), { config });

  it("show the resources that they describe in a preview", async () => {
    const wanted: [string, Record<string, string>, string[]][] = [
      ["examples/pieces", { ...image, probeUrl: site.lab.outside.url }, ["lan", "nat", "debian", "web gets out"]],
      ["examples/gateway-lab", { ...image, guests: "1" }, ["lab-deb1-nat", "lab-deb2", "lab-deb2-deb1-ping"]],
      ["examples/public-bridge", { ...image, nic: "host0" }, ["lan", "office-guest1", "office-guest1-ping-host"]],
      [".", { ...image, guests: "1", cidr: "10.9.0.0/24" }, ["lab-deb1-nat", "lab-deb2"]],
    ];
    for (const [folder, config, names] of wanted) {
      const stack = await project(folder, config);
      const { changes, output } = await succeeds(stack.preview());
      for (const name of names) assert.equal(changes[name], "create", `${folder}: ${output}`);
    }
    await nothingLeft(site);
  });

  it("name the missing configuration when a stack has none", async () => {
    const { code, output } = await (await project(".", {})).preview();
    assert.notEqual(code, 0);
    assert.match(
      output,
      /does not say its host and image\. Set it:\n +pulumi config set host .*\n +pulumi config set image/,
    );
  });

  it("build the given number of taps (examples/taps), and leave nothing", async () => {
    const stack = await project("examples/taps", { host: "tower", count: "4" });
    const taps = Object.fromEntries([1, 2, 3, 4].map((n) => [`tap${n}`, "create"]));
    await changes(stack.up(), { tower: "create", lan: "create", ...taps });
    assert.equal(((await stack.outputs()).taps as string[]).length, 4);
    await succeeds(stack.destroy());
    await nothingLeft(site);
  });
});
