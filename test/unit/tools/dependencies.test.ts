import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../tools/checkout";

interface Package {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  dev?: boolean;
  inBundle?: boolean;
  dependencies?: Record<string, string>;
}

const read = <T>(file: string) => JSON.parse(readFileSync(join(checkout, file), "utf8")) as T;

/** All packages that a user installs with the provider run with the user's keys. */
describe("the runtime dependencies", () => {
  const { dependencies = {} } = read<Package>("package.json");
  const { packages } = read<{ packages: Record<string, Package> }>("package-lock.json");

  it("contain one version of ssh2, which is pinned exactly and locked", () => {
    assert.match(dependencies.ssh2 ?? "none", /^\d+\.\d+\.\d+$/);
    const installed = Object.entries(packages).filter(([path]) => path.endsWith("node_modules/ssh2"));
    assert.deepEqual(
      installed.map(([path, { version }]) => [path, version]),
      [["node_modules/ssh2", dependencies.ssh2]],
    );
  });

  it("are locked with a hash of their content, and come only from the npm registry", () => {
    const runtime = Object.entries(packages).filter(([path, { dev, link }]) => path !== "" && !dev && !link);
    assert.ok(runtime.length > Object.keys(dependencies).length);
    for (const [path, { resolved, integrity }] of runtime) {
      if (resolved !== undefined) assert.match(resolved, /^https:\/\/registry\.npmjs\.org\//, path);
      assert.match(integrity ?? "", /^sha512-/, path);
    }
  });
});
