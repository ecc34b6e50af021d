import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Kind } from "../../../provider/core/kind";
import { kinds } from "../../../provider/kinds";
import { checkout } from "../../../tools/checkout";
import { fileName } from "../../../tools/docs/file-name";
import { cases } from "../../contract/cases";

/**
 * A kind has four places, which docs/adding-a-kind.md explains. Each test here looks at one of them in all kinds, and
 * says what to write where.
 */
describe("each kind", () => {
  const read = (path: string) => readFileSync(join(checkout, path), "utf8");
  /** The path of each definition without its ending: provider/kinds/link/tap for Tap. */
  const stems = new Map(
    globSync("provider/kinds/*/*.ts", { cwd: checkout })
      .sort()
      .map(
        (path) => [/= kind<[^(]*>\(\{\s*name: "(\w+)"/.exec(read(path))?.[1] ?? "", path.replace(/\.ts$/, "")] as const,
      )
      .filter(([name]) => name !== ""),
  );
  const stemOf = ({ name }: Kind) => stems.get(name) ?? `provider/kinds/<domain>/${fileName(name)}`;
  const isKind = (name: string) => kinds.some((kind) => kind.name === name);
  /** Fails with what is to do for each kind that is not complete. */
  const complete = (instruct: (kind: Kind) => string | false | undefined) => nothingToDo(kinds.map(instruct));

  it("has a line in the registry when it has a definition", () => {
    nothingToDo(
      [...stems].map(
        ([name, stem]) =>
          !isKind(name) &&
          `${stem}.ts: no kind is called ${name}. Add its line to the table in provider/kinds/index.ts`,
      ),
    );
  });

  it("has a class, which is made from its schema and exported by the package", () => {
    const exported = read("provider/kinds/resources.ts");
    complete(({ name }) => !new RegExp(`\\b${name},`).test(exported) && `${name}: make its class: npm run docs`);
  });

  it("has test data", () => {
    complete(
      ({ name }) =>
        !(name in cases) &&
        `${name}: add to test/contract/cases.ts: ${name}: { args: {…}, change: {…}, examples: [{…}] }, as for Tap`,
    );
    nothingToDo(
      Object.keys(cases).map((name) => !isKind(name) && `test/contract/cases.ts: no kind is called ${name}. Remove it`),
    );
  });

  it("has a valid value for each argument in its test data", () => {
    complete(({ name, schema }) => {
      const given = new Set(cases[name]?.examples.flatMap((example) => Object.keys(example)));
      const ofAll = ["host", "path", "name"];
      const missing = Object.keys(schema.shape).filter((key) => !ofAll.includes(key) && !given.has(key));
      return missing.length > 0 && `${name}: add to its examples in test/contract/cases.ts: ${missing.join(", ")}`;
    });
  });

  it("has a test on a real host", () => {
    const tests = globSync("test/host/*.ts", { cwd: checkout }).map(read);
    complete(
      ({ name }) =>
        !tests.some((text) => text.includes(`"${name}"`)) &&
        `${name}: write test/host/${fileName(name)}.test.ts with describeLife({ kind: "${name}", … }), as in test/host/tap.test.ts`,
    );
  });

  it("has a place in the boot order when it has the argument persistent, and only then", () => {
    complete((kind) => {
      const isOptional = kind.schema.shape.persistent?.safeParse(false).success === true;
      if (isOptional === (kind.boot !== undefined)) return undefined;
      const variable = basename(stemOf(kind)).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      return isOptional
        ? `${kind.name}: give it a number in provider/kinds/index.ts: { ...${variable}, boot: <number> }, as the comment above the table explains`
        : `${kind.name}: add persistent: z.boolean() to its schema and persistent: true to its defaults, or remove its number in provider/kinds/index.ts`;
    });
  });

  it("runs its boot script after those of the kinds that it needs", () => {
    // A setting of the kernel runs before all links, or after the one that it is about.
    const settings = ["Sysctl", "IpForwarding"];
    const placed = kinds.filter(({ name, boot }) => boot !== undefined && !settings.includes(name));
    nothingToDo(
      placed.map(({ name, boot }, i) => {
        const before = placed[i - 1];
        return (
          before !== undefined &&
          Number(boot) < Number(before.boot) &&
          `${name} has boot: ${boot} in provider/kinds/index.ts, and ${before.name} above it has ${before.boot}. Move its line up, or give it a number from ${before.boot}`
        );
      }),
    );
    for (const { name, boot } of placed) assert.ok(Number(boot) >= 20, `${name}: below 20 are settings of the kernel`);
  });

  it("has its files in the folder of its domain, with the name of the kind", () => {
    for (const [name, stem] of stems) assert.equal(basename(stem), fileName(name), `in ${dirname(stem)}`);
  });
});

function nothingToDo(instructions: readonly (string | false | undefined)[]): void {
  const all = instructions.filter((one) => typeof one === "string");
  if (all.length > 0) assert.fail(all.join("\n"));
}
