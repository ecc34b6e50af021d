import { createHash } from "node:crypto";

/** `npm run test:full`: suites with many cases run all of them. */
export const isFullRun = process.env.PULUMI_KVM_TEST_FULL === "1";

/** The runner prints it. The same seed chooses the same cases. */
const seed = process.env.PULUMI_KVM_TEST_SEED ?? "1";

/**
 * Whether this run tries a case. A full run tries every case. Another run tries one case in `share`, which depends on the
 * seed.
 */
export function isSampled(title: string, share: number): boolean {
  return isFullRun || numberOf(title, seed) % share === 0;
}

/** One of the cases, which depends on the seed. All cases in a full run. */
export function sampleOf<T>(title: string, cases: readonly T[]): readonly T[] {
  return isFullRun ? cases : oneOf(title, cases, seed);
}

/** Registers some of the tests of a suite, which depend on the seed. All of them in a full run. */
export function sampledTests(suite: string, count: number, tests: Readonly<Record<string, Mocha.AsyncFunc>>): void {
  const all = Object.entries(tests);
  const first = numberOf(suite, seed) % all.length;
  all.forEach(([title, test], at) => {
    const turn = (at - first + all.length) % all.length;
    if (isFullRun || turn < count) it(title, test);
  });
}

/** Numbers from 1 to `total`: all of them in a full run, otherwise this many at equal distances, from a start by the seed. */
export function spread(title: string, total: number, count: number): number[] {
  const all = Array.from({ length: total }, (_, i) => i + 1);
  const distance = Math.ceil(total / count);
  return isFullRun ? all : all.filter((number) => (number + numberOf(title, seed)) % distance === 0);
}

/** A list with the one case that a seed chooses. */
export function oneOf<T>(title: string, cases: readonly T[], seed: string): readonly T[] {
  return someOf(title, cases, 1, seed);
}

/** Neighbouring cases, the first of which a seed chooses. The first case follows the last one. */
export function someOf<T>(title: string, cases: readonly T[], count: number, seed: string): readonly T[] {
  const first = numberOf(title, seed) % cases.length;
  return [...cases, ...cases].slice(first, first + count);
}

function numberOf(title: string, seed: string): number {
  return createHash("sha256").update(`${seed} ${title}`).digest().readUInt32BE();
}
