import assert from "node:assert/strict";
import type { Ended } from "./command.js";
import type { Site } from "./site.js";
import type { Result } from "./stack.js";

/** Checks that the run succeeds, and returns it. */
export async function succeeds<T extends Ended>(run: Promise<T>): Promise<T> {
  const end = await run;
  assert.equal(end.code, 0, end.output);
  return end;
}

/** Checks that the run fails, and that its output matches everything given. */
export async function fails<T extends Ended>(run: Promise<T>, ...said: RegExp[]): Promise<T> {
  const end = await run;
  assert.notEqual(end.code, 0, `it should have failed:\n${end.output}`);
  for (const text of said) assert.match(end.output, text);
  return end;
}

/** Checks that the run succeeds with exactly these changes. */
export async function changes(run: Promise<Result>, expected: Record<string, string>): Promise<Result> {
  const result = await succeeds(run);
  assert.deepEqual(result.changes, expected, result.output);
  return result;
}

/** Checks that the hypervisor is in its first state again. */
export async function nothingLeft(site: Site): Promise<void> {
  const left = await site.left();
  assert.equal(
    left.length,
    0,
    left
      .map((line) => line.slice(0, 120))
      .slice(0, 40)
      .join("\n"),
  );
}
