import { createHash } from "node:crypto";

/** `npm run test:full`: every case of what has many. */
export const isFullRun = process.env.PULUMI_KVM_TEST_FULL === "1";

/** The runner prints it; the same seed chooses the same cases. */
const seed = process.env.PULUMI_KVM_TEST_SEED ?? "1";

/** Whether a case is tried in this run: always in a full one, else in about one of so many runs, as the seed says. */
export function isSampled(title: string, oneOf: number): boolean {
  const digest = createHash("sha256").update(`${seed} ${title}`).digest();
  return isFullRun || digest.readUInt32BE() % oneOf === 0;
}
