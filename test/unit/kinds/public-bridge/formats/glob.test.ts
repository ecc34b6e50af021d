import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { globMatches } from "../../../../../provider/kinds/public-bridge/formats/glob";

describe("a glob pattern", () => {
  const cases: [string, string, boolean][] = [
    ["en*", "enp2s0", true],
    ["ens?", "ens3", true],
    ["ens?", "ens30", false],
    ["e.*", "ens3", false],
    ["en(", "en(", true],
    ["eth[0-9]", "eth7", true],
    ["eth[!0-9]", "eth7", false],
    ["eth[^0-9]", "ethx", true],
    ["[]e]th0", "eth0", true],
    ["eth\\*", "eth0", false],
    ["eth[0", "eth[0", true],
    ["[9-0]th0", "9th0", false],
  ];
  for (const [pattern, name, expected] of cases)
    it(`${pattern} ${expected ? "matches" : "does not match"} ${name}`, () =>
      assert.equal(globMatches(pattern, name), expected));

  it("matches the same names as in bash", () => {
    const [characters, letters] = ["ab*?[]!-", "ab"].map((text) => fc.constantFrom(...text)) as [
      fc.Arbitrary<string>,
      fc.Arbitrary<string>,
    ];
    const pair = fc.tuple(fc.string({ unit: characters, maxLength: 7 }), fc.string({ unit: letters, maxLength: 4 }));
    const pairs = fc.sample(pair, 3000);
    const script = "while read -r pattern && read -r name; do [[ $name == $pattern ]] && echo true || echo false; done";
    const input = pairs.map(([pattern, name]) => `${pattern}\n${name}\n`).join("");
    const found = execFileSync("bash", ["-c", `LC_ALL=C; ${script}`], { input, encoding: "utf8" })
      .trim()
      .split("\n");
    const other = pairs.filter(([pattern, name], i) => `${globMatches(pattern, name)}` !== found[i]);
    assert.deepEqual(other, []);
  });

  it("is matched quickly, also with many stars", () => {
    assert.equal(globMatches("*a".repeat(40), "a".repeat(39)), false);
  });
});
