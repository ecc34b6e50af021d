import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { checkout } from "./checkout";
import { describeKinds, type KindDoc } from "./kinds/describe";
import { exportsOf, resourceFile } from "./kinds/resource-file";

/**
 * Writes what a program sees of each kind: its class and the types of its arguments, from the schema and its comments.
 * `--check` writes nothing, and fails when a file is not what it would be.
 */

async function main(check: boolean): Promise<number> {
  const files = await made();
  const left = globSync("provider/kinds/*/*.resource.ts", { cwd: checkout }).filter((path) => !files.has(path));
  const stale = [...files].filter(([path, text]) => text !== readIfThere(path)).map(([path]) => path);
  if (left.length > 0) throw new Error(`no kind has these files: ${left.join(", ")}. Delete them`);
  if (stale.length === 0) return 0;
  if (check) {
    console.error(`the schemas say something else than these files: ${stale.join(", ")}. Run: npm run docs`);
    return 1;
  }
  for (const path of stale) writeFileSync(join(checkout, path), files.get(path) ?? "");
  console.log(`wrote ${stale.join(", ")}`);
  return 0;
}

async function made(): Promise<Map<string, string>> {
  const docs = describeKinds(checkout);
  const stems = new Map(docs.map(({ kind, stem }) => [kind.name, stem]));
  const resources = docs.map((doc) => [`${doc.stem}.resource.ts`, resourceFile(doc, stems)] as const);
  const all = [...resources, ["provider/kinds/resources.ts", resourcesFile(docs)] as const];
  return new Map(await Promise.all(all.map(async ([path, text]) => [path, await formatted(path, text)] as const)));
}

/** The classes and types of all kinds, for index.ts. */
function resourcesFile(docs: readonly KindDoc[]): string {
  const lines = docs.flatMap((doc) => {
    const { value, types } = exportsOf(doc);
    const path = doc.stem.replace("provider/kinds/", "./");
    const names = [value, ...types.map((type) => `type ${type}`)];
    const foreign = doc.outputs.filter(({ from }) => from?.startsWith("provider/kinds/"));
    return [
      `export { ${names.join(", ")} } from "${path}.resource";`,
      ...foreign.map(
        ({ type, from = "" }) => `export type { ${type} } from "${from.replace("provider/kinds/", "./")}";`,
      ),
    ];
  });
  return ["// Made by tools/resources.ts from the schemas of the kinds: npm run docs", "", ...lines.sort(byPath)].join(
    "\n",
  );
}

function byPath(a: string, b: string): number {
  const [one = "", other = ""] = [a, b].map((line) => line.split(" from ")[1]);
  return one < other ? -1 : 1;
}

async function formatted(path: string, input: string): Promise<string> {
  const options = { cwd: checkout, preferLocal: true, input, stripFinalNewline: false };
  const { stdout } = await execa("biome", ["check", "--write", `--stdin-file-path=${path}`], options);
  return stdout;
}

function readIfThere(path: string): string | undefined {
  const whole = join(checkout, path);
  return existsSync(whole) ? readFileSync(whole, "utf8") : undefined;
}

void main(process.argv.includes("--check")).then((code) => {
  process.exitCode = code;
});
