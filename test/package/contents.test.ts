import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import ts from "typescript";
import { checkout } from "../../tools/checkout";
import { type Elsewhere, openElsewhere } from "./packed";

describe("the packed package", () => {
  let elsewhere: Elsewhere;
  before(async () => {
    elsewhere = await openElsewhere();
  });
  after(() => elsewhere?.remove());

  const inPackage = (pattern: string) => globSync(pattern, { cwd: elsewhere.unpacked }).sort();
  const text = (file: string) => readFileSync(join(elsewhere.unpacked, file), "utf8");

  it("has no dead link in its pages", () => {
    const pages = inPackage("**/*.md");
    assert.ok(pages.length > 40, pages.join());
    const links = pages.flatMap((page) => linksOf(text(page)).map((link) => ({ page, link })));
    assert.ok(links.length > 100);
    const dead = links.filter(({ page, link }) => !leadsSomewhere(page, link));
    assert.deepEqual(dead, []);
  });

  function leadsSomewhere(page: string, link: string): boolean {
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : normalize(join(dirname(page), path));
    if (target.startsWith("..") || !existsSync(join(elsewhere.unpacked, target))) return false;
    return anchor === undefined || anchorsOf(text(target)).includes(anchor);
  }

  it("has no compiled file without a source, no test and no tool", () => {
    const compiled = inPackage("bin/**/*.js");
    assert.ok(compiled.length > 100);
    const source = (file: string) => join(checkout, relative("bin", file).replace(/\.js$/, ".ts"));
    assert.deepEqual(
      compiled.filter((file) => !existsSync(source(file))),
      [],
      "the source is gone; remove bin/ and compile again",
    );
    assert.deepEqual(inPackage("bin/*/"), ["bin/components", "bin/provider"]);
  });

  it("imports only Pulumi and its own files in the declarations that a user's compiler reads", () => {
    const seen = new Set<string>();
    const foreign = new Set<string>();
    const read = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(text(file), true, true);
      for (const { fileName } of typeReferenceDirectives) foreign.add(fileName);
      for (const { fileName } of importedFiles)
        if (fileName.startsWith(".")) read(declarationOf(normalize(join(dirname(file), fileName))));
        else foreign.add(fileName);
    };
    read("bin/index.d.ts");
    assert.ok(seen.has("bin/provider/kinds/guest/guest.resource.d.ts"));
    assert.deepEqual([...foreign], ["@pulumi/pulumi"]);
  });

  /** The declarations of a module: of a file, or of a folder's index. */
  function declarationOf(path: string): string {
    return [`${path}.d.ts`, `${path}/index.d.ts`].find((file) => existsSync(join(elsewhere.unpacked, file))) ?? path;
  }

  it('has the sources that an editor opens with "go to definition"', () => {
    const maps = inPackage("**/*.d.ts.map");
    assert.ok(maps.length > 100);
    for (const map of maps) {
      const { sources } = JSON.parse(text(map)) as { sources: string[] };
      for (const source of sources) assert.ok(inPackage(normalize(join(dirname(map), source))).length === 1, map);
    }
    assert.ok(maps.includes("bin/provider/kinds/link/bridge.resource.d.ts.map"));
  });

  it("has no script that npm runs during the installation", () => {
    const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };
    for (const name of ["preinstall", "install", "postinstall", "prepare"]) assert.equal(scripts[name], undefined);
  });
});

/** The targets of links within the package. */
function linksOf(page: string): string[] {
  const prose = page.replaceAll(/^```.*?^```$/gms, "").replaceAll(/`[^`\n]*`/g, "code");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of the headings, as GitHub and npm make them, and those that the page sets itself. */
function anchorsOf(page: string): string[] {
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
  return [...headings, ...[...page.matchAll(/^<a id="([\w-]+)"><\/a>$/gm)].map(([, id = ""]) => id)];
}
