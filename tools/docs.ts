import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "./checkout";
import { allEntries, errorsPage } from "./docs/errors";
import { fileName } from "./docs/file-name";
import { indexPage, page } from "./docs/page";
import { describeKinds, type KindDoc } from "./kinds/describe";

/**
 * Writes docs/kinds/: a page for each kind in the registry, from the comments that a user's editor shows too. And
 * docs/errors.md, from the errors.ts of each domain. `--check` writes nothing and fails when a page is not what it would
 * be.
 */

const folder = join(checkout, "docs");

function main(check: boolean): number {
  const pages = made();
  const stale = [...pages.keys(), ...there()].filter((name) => pages.get(name) !== readIfThere(join(folder, name)));
  if (stale.length === 0) return 0;
  if (!check) return write(pages);
  console.error(`docs is not what the sources say: ${[...new Set(stale)].join(", ")}. Run: npm run docs`);
  return 1;
}

function made(): Map<string, string> {
  const described = describeKinds(checkout);
  const failures = failuresOf(described);
  const pages = described.map((doc) => [pagePath(doc.kind.name), page(doc, failures.of(doc))] as const);
  const entries = described.map((doc) => ({ file: `${fileName(doc.kind.name)}.md`, name: doc.kind.name, doc }));
  const raising = (code: string) => described.filter((doc) => failures.of(doc).some((one) => one.code === code));
  const links = (code: string) => raising(code).map(({ kind: { name } }) => ({ name, path: pagePath(name) }));
  return new Map([["kinds/README.md", indexPage(entries)], ["errors.md", errorsPage(failures.all, links)], ...pages]);
}

/** The kinds of failure, and those of one kind. What every kind can raise is not listed for each. */
function failuresOf(docs: readonly KindDoc[]) {
  const named = allEntries(checkout);
  const isCommon = (name: string) => docs.every(({ failures }) => failures.includes(name));
  const of = ({ failures }: KindDoc) =>
    named.filter(({ name }) => failures.includes(name) && !isCommon(name)).map(({ entry }) => entry);
  return { all: named.map(({ entry }) => entry), of };
}

function write(pages: Map<string, string>): number {
  rmSync(join(folder, "kinds"), { recursive: true, force: true });
  mkdirSync(join(folder, "kinds"), { recursive: true });
  for (const [name, text] of pages) writeFileSync(join(folder, name), text);
  console.log(`docs: ${pages.size} pages`);
  return 0;
}

function there(): string[] {
  const pages = join(folder, "kinds");
  return existsSync(pages) ? readdirSync(pages).map((name) => `kinds/${name}`) : [];
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function pagePath(kind: string): string {
  return `kinds/${fileName(kind)}.md`;
}

process.exitCode = main(process.argv.includes("--check"));
