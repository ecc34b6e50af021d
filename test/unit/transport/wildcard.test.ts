import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { matchesPattern } from "../../../provider/transport/wildcard";
import { checkout } from "../../../tools/checkout";
import { computesWithin } from "../../elapsed";

describe("an OpenSSH pattern", () => {
  it("matches the same texts as an equivalent regular expression", () => {
    const [pattern, text] = ["*?ab.[", "ab.["].map((unit) =>
      fc.string({ unit: fc.constantFrom(...unit), maxLength: 8 }),
    );
    fc.assert(
      fc.property(pattern as fc.Arbitrary<string>, text as fc.Arbitrary<string>, (pattern, text) => {
        const source = pattern.replaceAll(/[.[]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
        assert.equal(matchesPattern(pattern, text), new RegExp(`^${source}$`).test(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("takes time proportional to its length and that of the text", () => {
    const matched = computesWithin(2, () => matchesPattern(`${"*a".repeat(2000)}b`, "a".repeat(4000)));
    assert.equal(matched, false);
  });

  it("never becomes a regular expression in the transport", () => {
    const folder = join(checkout, "provider/transport");
    const dynamic = readdirSync(folder).filter((file) => /new RegExp\(/.test(readFileSync(join(folder, file), "utf8")));
    assert.deepEqual(dynamic, []);
  });
});
