import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Fails when the work takes longer than this. At least ten seconds, because a busy machine stops any process for
 * seconds. So what the work must not wait for has to take longer than that.
 */
export async function endsWithin<T>(seconds: number, work: () => Promise<T>): Promise<T> {
  assert.ok(seconds >= 10, "a shorter limit fails on a busy machine");
  const began = performance.now();
  const result = await work();
  const took = (performance.now() - began) / 1000;
  assert.ok(took < seconds, `${took} s are more than ${seconds} s`);
  return result;
}

/** Fails when the work computes for longer than this. Time in which other processes had the core does not count. */
export function computesWithin<T>(seconds: number, work: () => T): T {
  const began = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(began);
  const took = (user + system) / 1e6;
  assert.ok(took < seconds, `${took} s of CPU time are more than ${seconds} s`);
  return result;
}

/** Waits until a process has ended. A zombie counts as ended: it only waits for its parent. */
export async function processEnds(pid: number): Promise<void> {
  for (const end = performance.now() + 30_000; isAlive(pid); await sleep(20)) {
    assert.ok(performance.now() < end, `process ${pid} still runs after 30 s`);
  }
}

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
