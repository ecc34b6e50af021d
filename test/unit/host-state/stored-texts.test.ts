import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import type { Kind } from "../../../provider/core/kind";
import { sha256 } from "../../../provider/core/names";
import { bootPath } from "../../../provider/host-state/boot-script";
import { kinds } from "../../../provider/kinds";
import { presentPlan } from "../../../provider/reconcile/reconcile";
import { checkout } from "../../../tools/checkout";
import { isUpdated } from "../support/fixtures";
import {
  addVersion,
  factsWithout,
  filesOf,
  nameOf,
  type Sample,
  samplesOf,
  storedClasses,
  versionsOf,
} from "../support/stored-texts";

/** An edited space in one of these texts would be drift on hosts of every user: see docs/adr/043. */
describe("a text that is stored on hosts", function () {
  this.timeout(120_000);

  for (const kind of kinds)
    it(`is that of its golden file: ${kind.name}`, async () => {
      for (const sample of samplesOf(kind)) await isPinned(sample);
    });

  for (const kind of kinds.filter(({ boot }) => boot !== undefined))
    it(`stays on the host in an earlier version: the boot script of a ${kind.name}`, async () => {
      for (const sample of samplesOf(kind))
        for (const [i, text] of versionsOf(`boot-script/${kind.name}/${sample.want.name}`).entries())
          assert.ok(
            await isKept(sample, text),
            `version ${i + 1} of the boot script of a ${kind.name} (${sample.want.name}) would be drift. ${storedClasses[0]?.onChange}`,
          );
    });

  it("comes from a source file that says so", () => {
    const read = (path: string) => readFileSync(join(checkout, path), "utf8");
    const golden = globSync("test/fixtures/stored/**/*.txt", { cwd: checkout }).map(read).join("\n");
    const unmarked = globSync("provider/**/*.ts", { cwd: checkout })
      .sort()
      .filter((path) => {
        const source = read(path);
        return !source.includes("Stored on hosts") && linesIn(source).some((line) => golden.includes(line));
      });
    // The commands of these have a line in common with a stored text.
    const alike = ["provider/kinds/image/qemu-img.ts", "provider/kinds/public-bridge/nic-config.fact.ts"];
    assert.deepEqual(
      unmarked.filter((path) => !alike.includes(path)),
      [],
      "begin these files with: // Stored on hosts: a text in this file. Read docs/adr/043 before you change it.",
    );
  });
});

async function isPinned(sample: Sample): Promise<void> {
  for (const [path, text] of await filesOf(sample)) {
    const stored = storedClasses.find((one) => one.path.test(path));
    assert.ok(
      stored,
      `a host with a ${sample.kind.name} has ${path}. Add it to the classes in test/unit/support/stored-texts.ts, which say what a host with an earlier text does`,
    );
    if (stored.onChange === undefined) continue;
    const name = nameOf(stored, stored.path.exec(path)?.slice(1) ?? []);
    const versions = versionsOf(name);
    if (text === versions.at(-1)) continue;
    if (isUpdated(sample.kind.name)) addVersion(name, text);
    else assert.fail(instruction(sample.kind, name, versions, text, stored.onChange));
  }
}

function instruction(
  { name: kind }: Kind,
  name: string,
  versions: readonly string[],
  text: string,
  onChange: string,
): string {
  const update = `UPDATE_FIXTURES=${kind} npm run test:unit`;
  const earlier = versions.at(-1);
  if (earlier === undefined)
    return `test/fixtures/stored/${name} has no golden file. ${update} writes it. With the next release, the text is a contract with hosts`;
  return `${name} is stored on hosts, and differs from version ${versions.length}:
${firstDifference(earlier, text)}
If you did not mean to change it, restore the text. ${onChange}. Then ${update} adds version ${versions.length + 1}.`;
}

function firstDifference(earlier: string, now: string): string {
  const [before, after] = [earlier.split("\n"), now.split("\n")];
  const at = before.findIndex((line, i) => line !== after[i]);
  const place = at < 0 ? before.length : at;
  return `- ${before[place] ?? "(its end)"}\n+ ${after[place] ?? "(its end)"}`;
}

/** Whether a host with this boot script keeps it: then it is no drift either. */
async function isKept(sample: Sample, bootScript: string): Promise<boolean> {
  const { kind, want } = sample;
  const records = { [bootPath(kind, want)]: sha256(bootScript) };
  const plan = presentPlan(kind, want, { ...(await factsWithout(sample)), records } as never);
  return !plan.some((step) => step.does === "run" && step.purpose === "write the boot script");
}

/** The lines of the templates in a source that are long enough to be recognised. */
function linesIn(source: string): string[] {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTemplateLiteralToken(node)) found.push(...node.text.split("\n").map((line) => line.trim()));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found.filter((line) => line.length >= 28);
}
