import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { checkout } from "../../../tools/checkout";

describe("a test run", () => {
  it("starts no more jobs when it is stopped, and counts the interrupted job as failed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lanes-"));
    const tally = join(folder, "tally");
    const run = execa(process.execPath, ["bin/test/run.js", "lint", "docs"], {
      cwd: checkout,
      env: { PULUMI_KVM_TEST_LANES: "1", PULUMI_KVM_TEST_TALLY: tally },
      reject: false,
    });
    createInterface(run.stdout).on("line", (line) => {
      if (line.includes(" begins")) run.kill("SIGTERM");
    });
    const { stdout, exitCode } = await run;
    assert.deepEqual(stdout.match(/^── .* begins$/gm), ["── lint begins"]);
    assert.match(stdout, /^0 passed, 1 failed$/m);
    assert.equal(exitCode, 1);
    assert.match(readFileSync(tally, "utf8"), /^0 1 .*"lint"/);
    rmSync(folder, { recursive: true });
  });
});
