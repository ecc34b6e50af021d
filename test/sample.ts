import { createHash } from "node:crypto";

/** `npm run test:full`: every case of what has many. */
export const isFullRun = process.env.PULUMI_KVM_TEST_FULL === "1";

/** The runner prints it; the same seed chooses the same cases. */
const seed = process.env.PULUMI_KVM_TEST_SEED ?? "1";

/** Whether a case is tried in this run: always in a full one, else in about one of so many runs, as the seed says. */
export function isSampled(title: string, oneOf: number): boolean {
  return isFullRun || numberOf(title) % oneOf === 0;
}

/** One of several cases in each run, as the seed says; all of them in a full one. */
export function sampleOf<T>(title: string, cases: readonly T[]): readonly T[] {
  const at = numberOf(title) % cases.length;
  return isFullRun ? cases : cases.slice(at, at + 1);
}

function numberOf(title: string): number {
  return createHash("sha256").update(`${seed} ${title}`).digest().readUInt32BE();
}
