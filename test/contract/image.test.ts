import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Properties } from "./engine";
import { openSite, type Site } from "./site";

const content = randomBytes(4 * 2 ** 20);
const sum = createHash("sha256").update(content).digest("hex");

describe("an image from a file of the machine that runs Pulumi", () => {
  let site: Site;
  let host: Properties;
  let folder: string;
  before(async () => {
    site = await openSite();
    host = (await site.host()).host;
    folder = mkdtempSync(join(tmpdir(), "pulumi-kvm-image-"));
    writeFileSync(join(folder, "debian.raw"), content);
  });
  after(async () => {
    await site.close();
    rmSync(folder, { recursive: true });
  });

  async function made(path: string, more: Properties = {}) {
    const args = { host, path, source: `file://${folder}/debian.raw`, ...more };
    const { inputs, failures } = await site.engine.check("Image", {}, args);
    assert.deepEqual(failures, []);
    return site.engine.create("Image", inputs);
  }
  const stored = () => site.machine.files("var/lib/pulumi-kvm/images").filter((file) => !file.includes("/users/"));

  it("is uploaded with progress messages, and stored once for all resources with the same content", async () => {
    const first = await made("first", { sha256: sum });
    for (const part of [10, 50, 90])
      assert.match(site.engine.output(), new RegExp(`upload .*/debian\\.raw: ${part} % of 4 MiB`));
    const second = await made("second");
    assert.deepEqual([first.outs.content, second.outs.content], [`${sum}.raw`, `${sum}.raw`]);
    const file = `/var/lib/pulumi-kvm/images/${sum}.raw`;
    assert.deepEqual(stored(), [file]);
    await site.engine.delete("Image", first.id, first.outs);
    assert.deepEqual(stored(), [file], "the second still needs it");
    await site.engine.delete("Image", second.id, second.outs);
    assert.deepEqual(stored(), []);
  });

  it("is reported in a preview when it is absent, unless an earlier run has uploaded it", async () => {
    const check = (source: string, olds: Properties = {}) =>
      site.engine.check("Image", olds, { host, path: "none", source }).then(({ failures }) => failures);
    const nope = `file://${folder}/nope.qcow2`;
    assert.match((await check(nope)).join(), /^source: \/\S+\/nope\.qcow2 cannot be read: ENOENT/);
    assert.match((await check("./nope.qcow2")).join(), /^source: \.\/nope\.qcow2 cannot be read: ENOENT/);
    assert.deepEqual(await check(`file://${folder}`), [`source: ${folder} is not a file [KVM1007]`]);
    assert.deepEqual(await check(nope, { host, path: "none", source: nope }), []);
    assert.match((await check(nope, { host, path: "none", source: "./other.qcow2" })).join(), /cannot be read/);
  });

  it("is reported when it is absent at the upload", async () => {
    const args = { host, path: "none", source: `file://${folder}/none.raw` };
    writeFileSync(join(folder, "none.raw"), content);
    const { inputs } = await site.engine.check("Image", {}, args);
    rmSync(join(folder, "none.raw"));
    await assert.rejects(site.engine.create("Image", inputs), /none\.raw cannot be read: ENOENT/);
    assert.deepEqual(stored(), []);
  });
});
