import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../tools/checkout";

/** The name of a file in a comment or a page helps only while the file exists. */
describe("the files that comments and pages name", () => {
  const sources = execFileSync("git", ["ls-files", "*.ts", "*.md", "*.json", "*.sh"], {
    cwd: checkout,
    encoding: "utf8",
  });
  const named = /(?<![\w/.-])(?:provider|components|test|tools|docs|examples)\/[\w.*/-]*\.(?:ts|sh|md|json)\b/g;
  const notOurs = /pulumi\/pulumi, [\w/.-]+/g;

  it("exist", () => {
    const lost = sources
      .split("\n")
      .filter((file) => file !== "" && !file.startsWith("test/fixtures/"))
      .flatMap((file) => {
        const text = readFileSync(join(checkout, file), "utf8").replaceAll(notOurs, "");
        const paths = [...text.matchAll(named)].map(([path]) => path);
        return paths
          .filter((path) => !path.includes("*") && !existsSync(join(checkout, path)))
          .map((path) => `${file}: ${path}`);
      });
    assert.deepEqual(lost, []);
  });
});
