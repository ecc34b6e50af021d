import { globSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Entry, Severity } from "../../provider/core/problem";

/** A kind of failure, and its name in the sources: "linkErrors.wrongType". */
export interface NamedEntry {
  name: string;
  entry: Entry<Severity>;
}

/** Every kind of failure, from the errors.ts of each domain, by its code. */
export function allEntries(checkout: string): NamedEntry[] {
  const load = createRequire(join(checkout, "package.json"));
  const files = globSync("bin/{provider,components}/**/*errors.js", { cwd: checkout });
  const exported = files.flatMap((file) => Object.entries<unknown>(load(join(checkout, file))));
  return exported
    .flatMap(([name, described]) => entriesIn(name, described))
    .sort((a, b) => (a.entry.code < b.entry.code ? -1 : 1));
}

function entriesIn(name: string, described: unknown): NamedEntry[] {
  if (typeof described !== "object" || described === null) return [];
  return Object.entries(described).flatMap(([key, entry]) =>
    isEntry(entry) ? [{ name: `${name}.${key}`, entry }] : [],
  );
}

/** docs/errors.md: a section for each domain, and a part for each code. */
export function errorsPage(entries: readonly Entry<Severity>[], kindsOf: (code: string) => readonly Link[]): string {
  const domains = [...new Set(entries.map(({ domain }) => domain))];
  const sections = domains.map((domain) => {
    const own = entries.filter((entry) => entry.domain === domain);
    return [`## ${domain}`, ...own.map((entry) => part(entry, kindsOf(entry.code)))].join("\n\n");
  });
  return `${[made, "# Errors and warnings", intro, ...sections].join("\n\n")}\n`;
}

/** A list of codes with links to the page. `path` leads to it. */
export function codeList(entries: readonly Entry<Severity>[], path: string): string {
  const line = ({ code, title, severity }: Entry<Severity>) =>
    `- [${code}](${path}#${anchor(code)}) ${title}${severity === "warning" ? " (warning)" : ""}`;
  return entries.map(line).join("\n");
}

interface Link {
  name: string;
  path: string;
}

const made = "<!-- Made by tools/docs.ts from the errors.ts of each domain: npm run docs -->";

const intro =
  "Each error and each warning ends its first line with a code: `Unable to create Tap web on tower: … [KVM4001]`. The code stays the same when the text changes. An error also has it as the property `code`. Warnings have codes that end in 50 to 99.";

function part({ code, title, cause, remedy, severity }: Entry<Severity>, kinds: readonly Link[]): string {
  const raisedBy =
    kinds.length > 0 ? `\n- **Kinds:** ${kinds.map(({ name, path }) => `[${name}](${path})`).join(", ")}` : "";
  const facts = `- **Cause:** ${cause}\n- **Remedy:** ${remedy}\n- **Severity:** ${severity}${raisedBy}`;
  return `<a id="${anchor(code)}"></a>\n\n### ${code}: ${title}\n\n${facts}`;
}

function anchor(code: string): string {
  return code.toLowerCase();
}

function isEntry(value: unknown): value is Entry<Severity> {
  return typeof value === "function" && "code" in value && "severity" in value && "remedy" in value;
}
