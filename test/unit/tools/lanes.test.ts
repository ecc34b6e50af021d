import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { checkout } from "../../../tools/checkout";
import { type Job, jobsFor, leftOut } from "../../run/jobs";
import { inLanes } from "../../run/lanes";

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
    assert.deepEqual(stdout.match(/^── .* begins$/gm), ["── lint/style begins"]);
    assert.match(stdout, /^0 passed, 1 failed$/m);
    assert.equal(exitCode, 1);
    assert.match(readFileSync(tally, "utf8"), /^0 1 .*"lint\/style"/);
    rmSync(folder, { recursive: true });
  });

  it("begins a job only when the jobs that it needs have ended", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lanes-"));
    const log = join(folder, "log");
    const job = (name: string, script: string, needs: string[] = []): Job => ({
      ...{ name, needs, limitMinutes: 1 },
      command: ["sh", "-c", `${script}; echo ${name} >>${log}`],
    });
    const jobs = [job("prepare/a", "sleep 0.5"), job("needs-a", ":", ["prepare/a"]), job("needs-nothing", ":")];
    const { results } = await inLanes(jobs, () => {});
    const order = readFileSync(log, "utf8").trim().split("\n");
    assert.deepEqual([...order].sort(), ["needs-a", "needs-nothing", "prepare/a"]);
    assert.ok(order.indexOf("prepare/a") < order.indexOf("needs-a"), order.join());
    assert.ok(results.every(({ code }) => code === 0));
    rmSync(folder, { recursive: true });
  });

  it("adds the prepare jobs that a chosen job needs", () => {
    const names = jobsFor(["e2e/gateway-lab"], { full: false, seed: "1" }).map(({ name }) => name);
    assert.deepEqual(names, ["prepare/hypervisor", "prepare/cli", "prepare/debian", "e2e/gateway-lab"]);
    const unit = jobsFor(["unit"], { full: false, seed: "1" }).map(({ name }) => name);
    assert.deepEqual(unit, ["unit"]);
  });

  it("runs each file with some seed, always in a full run, and always when it is named", () => {
    const namesOf = (seed: string, full = false) => jobsFor([], { full, seed }).map(({ name }) => name);
    const all = namesOf("1", true).filter((name) => name.includes("/") && !name.startsWith("campaign/"));
    const seeds = Array.from({ length: 60 }, (_, seed) => `${seed}`);
    const sampled = new Set(seeds.flatMap((seed) => namesOf(seed)));
    assert.deepEqual(
      all.filter((name) => !sampled.has(name)),
      [],
    );
    for (const seed of seeds) assert.ok(leftOut(seed).every((name) => all.includes(name)));
    const [absent = ""] = leftOut("1");
    assert.ok(!namesOf("1").includes(absent));
    assert.ok(jobsFor([absent], { full: false, seed: "1" }).some(({ name }) => name === absent));
  });
});
