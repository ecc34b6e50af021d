import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";

/** Runs the checks and the layers of tests one after the other, all of them whatever fails, and sums up. */

const minutes = 60_000;

/** What each needs beyond its files: see docs/testing.md. A test may say that it takes longer, or less. */
const stages: Readonly<Record<string, readonly string[]>> = {
  lint: ["biome", "check", "--error-on-warnings", "."],
  docs: ["node", "bin/tools/docs.js", "--check"],
  unit: ["mocha", "bin/test/unit/**/*.test.js"],
  contract: ["mocha", "--timeout", "60000", "bin/test/contract/**/*.test.js"],
  host: ["mocha", "--timeout", `${5 * minutes}`, "bin/test/host/**/*.test.js"],
  e2e: ["mocha", "--timeout", `${20 * minutes}`, "bin/test/e2e/**/*.test.js"],
  campaign: ["node", "bin/test/campaign/public-bridge.js"],
};

/** As npm has it: our own Node and tools before the machine's. */
const path = [resolve("node_modules/.bin"), process.env.PATH].join(delimiter);

function main(wanted: readonly string[]): number {
  const own = mkdtempSync(join(tmpdir(), "pulumi-kvm-tally-"));
  process.env.PULUMI_KVM_TEST_TALLY ??= join(own, "tally");
  const file = process.env.PULUMI_KVM_TEST_TALLY;
  writeFileSync(file, "", { flag: "a" });
  for (const name of wanted.length > 0 ? wanted : Object.keys(stages)) runStage(name, file);
  const { passed, failures } = sums(file);
  rmSync(own, { recursive: true });
  // Once more, at the end: of a long run only the last lines may be at hand.
  for (const failure of failures) console.log(`FAILED ${failure}`);
  console.log(`${passed} passed, ${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
}

function runStage(name: string, file: string): void {
  const [command = "", ...args] = stages[name] ?? [];
  if (!command) throw new Error(`there is no ${name}; there are ${Object.keys(stages).join(", ")}`);
  console.log(`\n── ${name}`);
  const [before, began] = [sums(file).failures.length, performance.now()];
  const { status, error } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, PATH: path } });
  if (error) console.error(error.message);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`── ${name}: ${status === 0 ? "passed" : "FAILED"} in ${seconds} s`);
  // What is no test counts as one; and a run that broke down before it could count has failed once.
  if (status !== 0 && sums(file).failures.length === before) appendFileSync(file, `0 1 ${name}\n`);
  if (status === 0 && command !== "mocha") appendFileSync(file, "1 0\n");
}

function sums(file: string): { passed: number; failures: string[] } {
  const lines = readFileSync(file, "utf8").split("\n");
  const failed = "0 1 ";
  const failures = lines.filter((line) => line.startsWith(failed)).map((line) => line.slice(failed.length));
  return { passed: lines.filter((line) => line === "1 0").length, failures };
}

process.exitCode = main(process.argv.slice(2));
