import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { alreadyCached, cached, type Recipe } from "../../../tools/cache";
import { silent } from "../../../tools/progress";

describe("a cached file", () => {
  let folder: string;
  const own = process.env.PULUMI_KVM_CACHE;
  let made = 0;
  beforeEach(() => {
    made = 0;
    folder = mkdtempSync(join(tmpdir(), "cache-"));
    process.env.PULUMI_KVM_CACHE = folder;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    if (own === undefined) delete process.env.PULUMI_KVM_CACHE;
    else process.env.PULUMI_KVM_CACHE = own;
  });

  const recipe = (determinedBy: unknown, make = async () => {}): Recipe => ({
    name: "thing",
    suffix: ".txt",
    determinedBy,
    async make(path) {
      made++;
      await make();
      writeFileSync(join(dirname(path), "scrap"), "");
      writeFileSync(path, String(determinedBy));
    },
  });

  it("is made once for callers at the same time, and without temporary files", async () => {
    const slow = recipe(1, () => sleep(50));
    const waits: string[] = [];
    const [one, other] = await Promise.all([cached(slow, silent), cached(slow, (text) => waits.push(text))]);
    assert.equal(one, other);
    assert.equal(made, 1);
    assert.match(waits[0] ?? "", /another run is making it/);
    assert.deepEqual(readdirSync(folder).length, 1);
    assert.equal(readFileSync(one, "utf8"), "1");
  });

  it("is made again when its inputs change, and deleted when nothing used it for a month", async () => {
    const [old, recent] = [await cached(recipe("old"), silent), await cached(recipe("recent"), silent)];
    utimesSync(old, 0, 0);
    const current = await cached(recipe("current"), silent);
    assert.deepEqual(
      readdirSync(folder)
        .map((name) => join(folder, name))
        .sort(),
      [recent, current].sort(),
    );
  });

  it("is absent when making it failed", async () => {
    const broken = recipe("broken", () => Promise.reject(new Error("no space")));
    await assert.rejects(cached(broken, silent), /no space/);
    assert.equal(alreadyCached(broken), undefined);
    assert.deepEqual(readdirSync(folder), []);
  });
});
