import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
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

export function foldersIn(path: string): string[] {
  return readdirSync(join(folder, path)).sort();
}
