import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Job, jobsFor, leftOut } from "./run/jobs";
import { inLanes, type JobResult, lanes } from "./run/lanes";
import { addLeftOut, count, readRecords, writeFailure } from "./run/records";
import { reportOf } from "./run/report";

/**
 * Runs the checks and the layers of tests in parallel lanes, also after a failure, and prints a summary:
 *
 *   node bin/test/run.js [--full] [LAYER | LAYER/FILE …]
 *
 * Without `--full`, suites with many cases run a sample of them: one with a constant seed, and one with the seed of the
 * day.
 */
async function main(args: readonly string[]): Promise<number> {
  const full = args.includes("--full");
  const seed = process.env.PULUMI_KVM_TEST_SEED || today();
  const wanted = args.filter((arg) => !arg.startsWith("--"));
  const jobs = jobsFor(wanted, { full, seed });
  const own = mkdtempSync(join(tmpdir(), "pulumi-kvm-tally-"));
  const tally = process.env.PULUMI_KVM_TEST_TALLY ?? join(own, "tally");
  Object.assign(process.env, { PULUMI_KVM_TEST_TALLY: tally, PULUMI_KVM_TEST_SEED: seed });
  if (full) process.env.PULUMI_KVM_TEST_FULL = "1";
  writeFileSync(tally, "", { flag: "a" });

  console.log(`${jobs.length} jobs in ${lanes(jobs)} lanes; samples are chosen by the seed ${seed}`);
  if (!full && wanted.length === 0) console.log(`Left out by this seed: ${leftOut(seed).join(", ")}`);
  const { results, idle, seconds } = await inLanes(jobs, (result) => settle(tally, result));
  const records = readRecords(tally);
  console.log(reportOf(results, records, { idle, seconds }));
  rmSync(own, { recursive: true });
  const { passed, failed } = count(records);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Counts what the job itself could not count: a check without tests, a test that did not run, a job that crashed. */
function settle(tally: string, { job, code, output }: JobResult): void {
  const before = readRecords(tally);
  addLeftOut(tally, job.name);
  const isCounted = count(readRecords(tally).filter((record) => record.job === job.name)).failed > 0;
  if (code !== 0 && !isCounted)
    writeFailure(tally, job.name, `ended with exit code ${code}, after: ${output.slice(-1000)}`);
  if (code === 0 && !before.some((record) => record.job === job.name)) countCheck(tally, job);
  if (output !== "") console.log(output);
}

function countCheck(tally: string, { name }: Job): void {
  writeFileSync(tally, `1 0 ${JSON.stringify({ job: name, passed: name, ms: 0 })}\n`, { flag: "a" });
}

function today(): string {
  return new Date().toISOString().slice(0, 10).replaceAll("-", "");
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
