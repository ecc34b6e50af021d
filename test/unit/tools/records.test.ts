import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../../../tools/checkout";
import { addLeftOut, count, type Record, readRecords } from "../../run/records";

describe("the tally of a run", () => {
  let folder: string;
  let tally: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tally-"));
    tally = join(folder, "tally");
    writeFileSync(tally, "");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs Mocha with our reporter on the given suite. */
  function run(suite: string): { records: Record[]; failed: string[] } {
    const file = join(folder, "suite.js");
    writeFileSync(file, suite);
    const mocha = join(checkout, "node_modules/mocha/bin/mocha.js");
    const options = ["--no-config", "--reporter", join(checkout, "bin/test/tally.js")];
    const env = { ...process.env, PULUMI_KVM_TEST_TALLY: tally, PULUMI_KVM_TEST_JOB: "unit" };
    spawnSync(process.execPath, [mocha, ...options, file], { env });
    addLeftOut(tally, "unit");
    const records = readRecords(tally);
    return { records, failed: records.flatMap((record) => ("failed" in record ? record.failed : [])) };
  }

  it("counts passed and failed tests, with the reason and the time", () => {
    const { records, failed } = run(`
      it("passes", () => {});
      it("fails", () => { throw new Error("a reason\\nin two lines"); });`);
    assert.deepEqual([count(records), failed], [{ passed: 1, failed: 1 }, ["fails"]]);
    const reasons = records.flatMap((record) => ("reason" in record ? record.reason : []));
    assert.deepEqual(reasons, ["a reason in two lines"]);
  });

  it("counts each test as failed that a failed hook left out", () => {
    const { records, failed } = run(`
      describe("a suite", () => {
        before(() => { throw new Error("no host"); });
        it("one", () => {});
        describe("inside", () => { it("two", () => {}); });
      });
      it("another", () => {});`);
    assert.deepEqual(failed, ['a suite "before all" hook for "one"', "a suite one", "a suite inside two"]);
    assert.equal(count(records).passed, 1);
    const reason = records.flatMap((record) => ("failed" in record ? record.reason : [])).at(-1);
    assert.equal(reason, 'it did not run, because of: a suite "before all" hook for "one"');
  });

  it("counts each test as failed that did not run because the process ended, also two with one title", () => {
    const { records, failed } = run(`
      it("same", () => {});
      it("ends all", () => process.exit(0));
      it("same", () => {});`);
    assert.deepEqual([failed, count(records).passed], [["ends all", "same"], 1]);
  });

  it("names the failed test that later tests build on", () => {
    const inOrder = JSON.stringify(join(checkout, "bin/test/in-order.js"));
    const { failed } = run(`
      describe("a life", () => {
        require(${inOrder}).testsBuildOnEachOther();
        it("begins", () => { throw new Error("no"); });
        it("goes on", () => {});
        it("ends", () => {});
      });`);
    assert.deepEqual(failed, [
      "a life begins",
      'a life "before each" hook for "goes on"',
      "a life goes on",
      "a life ends",
    ]);
  });
});
