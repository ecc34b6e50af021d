import assert from "node:assert/strict";

/**
 * Call it inside a `describe` whose tests build on each other. After the first failure the other tests do not run:
 * Mocha skips them, and the tally counts each as failed, with this reason. Mocha's own `bail` would skip other suites
 * too.
 */
export function testsBuildOnEachOther(): void {
  let failed: string | undefined;
  afterEach(function () {
    if (this.currentTest?.state === "failed") failed ??= this.currentTest.title;
  });
  beforeEach(() =>
    assert.equal(failed, undefined, `each test builds on the one before, and this one failed: ${failed}`),
  );
}
