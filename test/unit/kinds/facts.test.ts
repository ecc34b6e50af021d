import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { text } from "../../../provider/core/shell";
import { exportedFacts, type FactFixture, factFiles } from "../support/facts";
import { fixturesIn, isUpdated, readFixture, updateFixture } from "../support/fixtures";

/**
 * Tests the parser of each fact with output of real hosts: test/fixtures/facts/<name of the export>/<case>.json is
 * {question, output, fact}. UPDATE_FIXTURES=links writes the present `fact`. Read it before you commit it.
 */
describe("facts", () => {
  it("are found in each file *.fact.ts", () => {
    const without = factFiles.filter((path) => !exportedFacts.some(({ file }) => file === path));
    assert.deepEqual(without, [], "write the type of the export: `export const links: Fact<Links> = …`");
  });

  for (const { name, file, about } of exportedFacts) {
    it(`${name}: has a recorded output`, () => {
      const how = `{ "output": "…" }, with "question" when ${name} has an argument. Then run UPDATE_FIXTURES=${name}`;
      assert.ok(
        fixturesIn(`facts/${name}`).length > 0,
        `${file} exports the fact ${name}, and no output of a host is recorded for it. Write test/fixtures/facts/${name}/<case>.json: ${how}`,
      );
    });

    for (const { title, path } of fixturesIn(`facts/${name}`)) {
      it(`${name}: ${title}`, () => {
        const { question, output, fact } = readFixture<FactFixture>(path);
        const asked = about(question);
        execFileSync("sh", ["-n"], { input: text(asked.command) });
        // The copy has the usual prototype again.
        const now = structuredClone(asked.parse(output));
        if (isUpdated(name)) updateFixture(path, { ...(question !== undefined && { question }), output, fact: now });
        else assert.deepEqual(now, fact);
      });
    }
  }
});
