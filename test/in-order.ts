import assert from "node:assert/strict";

/**
 * Call it inside a `describe` in which each test goes on from where the one before left the host. After the first
 * failure the others do not run: Mocha leaves them out, and the tally counts each as failed, with this reason.
 * Mocha's own `bail` would leave out other suites too.
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
