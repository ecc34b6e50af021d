import { appendFileSync, readFileSync } from "node:fs";

/**
 * The tally of a run: a file with one line for each event. Each line is written at once, so that the tally of an
 * aborted run shows how far it came. A line is "PASSED FAILED {record}", each 0 or 1. `.ci/run` adds them up.
 */
export type Record = { job: string } & (
  | { planned: string }
  | { passed: string; ms: number }
  | { failed: string; reason: string; ms: number }
  | { hook: string; ms: number }
);

export function writeRecord(tally: string, record: Record): void {
  const [passed, failed] = ["passed" in record ? 1 : 0, "failed" in record ? 1 : 0];
  appendFileSync(tally, `${passed} ${failed} ${JSON.stringify(record)}\n`);
}

export function writeFailure(tally: string, job: string, reason: string): void {
  writeRecord(tally, { job, failed: job, reason, ms: 0 });
}

export function readRecords(tally: string): Record[] {
  const lines = readFileSync(tally, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line.slice("0 0 ".length)));
}

export function count(records: readonly Record[]): { passed: number; failed: number } {
  return {
    passed: records.filter((record) => "passed" in record).length,
    failed: records.filter((record) => "failed" in record).length,
  };
}

/** Records each test as failed that did not run because a hook failed or the process ended. */
export function addLeftOut(tally: string, job: string): void {
  const own = readRecords(tally).filter((record) => record.job === job);
  const ran = own.flatMap((record) => ("passed" in record ? record.passed : "failed" in record ? record.failed : []));
  const reason = own.flatMap((record) => ("failed" in record ? [record.failed] : []))[0] ?? "the end of its process";
  for (const title of leftOut(own, ran)) {
    writeRecord(tally, { job, failed: title, reason: `it did not run, because of: ${reason}`, ms: 0 });
  }
}

/** Two tests may have the same title. Each of them counts. */
function leftOut(own: readonly Record[], ran: string[]): string[] {
  const left = [...ran];
  return own
    .flatMap((record) => ("planned" in record ? record.planned : []))
    .filter((title) => {
      const at = left.indexOf(title);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
}
