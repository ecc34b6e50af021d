import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { checkout } from "../../../tools/checkout";

/** The folder of the checkout, not that of the compiled tests. */
const folder = join(checkout, "test/fixtures");

/** The cases in a folder: "reject.json" is the case "reject". */
export function fixturesIn(path: string): { title: string; path: string }[] {
  const full = join(folder, path);
  const files = existsSync(full) ? readdirSync(full).filter((file) => file.endsWith(".json")) : [];
  return files
    .sort()
    .map((file) => ({ title: file.replace(".json", "").replaceAll("-", " "), path: join(full, file) }));
}

export function fixturePath(path: string): string {
  return join(folder, path);
}

export function readFixture<T>(path: string): T {
  return JSON.parse(readFileSync(path, "utf8")) as T;
}

/**
 * Whether this run writes the fixtures of a kind or a fact: UPDATE_FIXTURES=1 writes all, UPDATE_FIXTURES=Tap,links those
 * of the kind Tap and of the fact links.
 */
export function isUpdated(name: string, wanted = process.env.UPDATE_FIXTURES): boolean {
  return wanted !== undefined && (wanted === "1" || wanted.split(",").includes(name));
}

/** Writes a fixture in the form that the linter wants. A fixture that has this content already stays as it is. */
export function updateFixture(path: string, content: unknown): void {
  const plain: unknown = JSON.parse(JSON.stringify(content));
  if (existsSync(path) && isDeepStrictEqual(readFixture(path), plain)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, formatted(`${JSON.stringify(plain, null, 2)}\n`));
}

/** Writes a fixture that is a plain text. */
export function updateText(path: string, content: string): void {
  if (existsSync(path) && readFileSync(path, "utf8") === content) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** As `biome format` leaves a fixture. */
function formatted(json: string): string {
  const biome = join(checkout, "node_modules/.bin/biome");
  // A path of a fixture that need not exist: a file in a temporary folder has the same form.
  const as = `--stdin-file-path=${join(folder, "plans/formatted.json")}`;
  return execFileSync(biome, ["format", as], { cwd: checkout, input: json, encoding: "utf8" });
}
