import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isUpdated, updateFixture, updateText } from "../support/fixtures";

/** UPDATE_FIXTURES: which fixtures a run writes, and in which form. */
describe("an update of fixtures", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-kvm-fixtures-"));
    path = join(folder, "new.json");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("writes the fixtures of all kinds with 1, of the named kinds and facts with their names, and none by default", () => {
    assert.deepEqual(
      ["1", "Tap", "Bridge,links", "Ta", ""].map((wanted) =>
        ["Tap", "Bridge", "links"].filter((name) => isUpdated(name, wanted)),
      ),
      [["Tap", "Bridge", "links"], ["Tap"], ["Bridge", "links"], [], []],
    );
  });

  it("leaves a fixture as it is when it has this content already, whatever its form", () => {
    const own = '{ "args": {"name":"t0"},\n\n"steps": [ ] }';
    writeFileSync(path, own);
    updateFixture(path, { args: { name: "t0", mtu: undefined }, steps: [] });
    assert.equal(readFileSync(path, "utf8"), own);
  });

  it("writes a fixture that differs in the form of the linter", () => {
    writeFileSync(path, '{ "args": {}, "steps": [] }');
    updateFixture(path, { args: { bridges: ["b1", "b2"] }, steps: ["x".repeat(120)], actual: null });
    assert.equal(
      readFileSync(path, "utf8"),
      `{
  "args": {
    "bridges": ["b1", "b2"]
  },
  "steps": [
    "${"x".repeat(120)}"
  ],
  "actual": null
}
`,
    );
  });

  it("writes a new fixture, also into a new folder", () => {
    const fresh = join(folder, "Dummy/new.json");
    updateFixture(fresh, { args: {} });
    assert.deepEqual(JSON.parse(readFileSync(fresh, "utf8")), { args: {} });
    updateText(join(folder, "texts/1.sh"), "#!/bin/sh\n");
    assert.equal(readFileSync(join(folder, "texts/1.sh"), "utf8"), "#!/bin/sh\n");
  });
});
