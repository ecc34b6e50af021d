import type { JobResult } from "./lanes";
import type { Record } from "./records";

/** The report at the end of a run: one line for each job, the slowest tests and hooks, and the failures. */
export function reportOf(
  results: readonly JobResult[],
  records: readonly Record[],
  { idle, seconds }: { idle: number; seconds: number },
): string {
  const jobs = [...results].sort((a, b) => b.seconds - a.seconds).map(jobLine);
  const failures = records.flatMap((record) => ("failed" in record ? [failureLine(record)] : []));
  return [
    "",
    "── jobs: seconds, seconds computed",
    ...jobs,
    `── the ${slowestCount} slowest tests and hooks: seconds`,
    ...slowest(records),
    `── ${minutes(seconds)} in all; the cores were idle ${(idle * 100).toFixed(0)} % of it`,
    ...failures,
  ].join("\n");
}

const slowestCount = 15;

function jobLine({ job, code, seconds, cpuSeconds }: JobResult): string {
  return `${pad(seconds)} ${pad(cpuSeconds)}  ${job.name}${code === 0 ? "" : "  FAILED"}`;
}

function slowest(records: readonly Record[]): string[] {
  return records
    .flatMap((record) => ("ms" in record ? [{ ms: record.ms, title: `${record.job}: ${titleOf(record)}` }] : []))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, slowestCount)
    .map(({ ms, title }) => `${pad(ms / 1000)}  ${title}`);
}

function titleOf(record: Record): string {
  if ("hook" in record) return record.hook;
  if ("passed" in record) return record.passed;
  return "failed" in record ? record.failed : "";
}

function failureLine({ job, failed, reason }: Extract<Record, { failed: string }>): string {
  return `FAILED ${job}: ${failed}: ${reason}`;
}

function pad(seconds: number): string {
  return seconds.toFixed(1).padStart(7);
}

function minutes(seconds: number): string {
  return `${Math.floor(seconds / 60)} min ${(seconds % 60).toFixed(0)} s`;
}
