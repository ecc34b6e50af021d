import { Runner, reporters } from "mocha";
import { type Record, writeRecord } from "./run/records";

/**
 * Mocha's usual report. It also writes a line for each test and hook, with its time, to the file that
 * PULUMI_KVM_TEST_TALLY names: see run/records.ts. It first writes the planned tests, so that a test that did not run
 * is noticed.
 */
class Tally extends reporters.Spec {
  constructor(runner: Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { EVENT_RUN_BEGIN, EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_HOOK_END } = Runner.constants;
    runner.on(EVENT_RUN_BEGIN, () => runner.suite.eachTest((test) => tally({ planned: titleOf(test) })));
    runner.on(EVENT_TEST_PASS, (test) => tally({ passed: titleOf(test), ms: test.duration ?? 0 }));
    runner.on(EVENT_TEST_FAIL, (test: Mocha.Runnable, error?: Error) =>
      tally({
        failed: titleOf(test),
        reason: onOneLine(error?.message ?? "no reason was given"),
        ms: test.duration ?? 0,
      }),
    );
    runner.on(EVENT_HOOK_END, (hook) => {
      if ((hook.duration ?? 0) > 100) tally({ hook: titleOf(hook), ms: hook.duration ?? 0 });
    });
  }
}

function titleOf(test: Mocha.Runnable): string {
  return onOneLine(test.fullTitle());
}

/** Cuts the middle out of a long text: the cause of a failed engine run is at the end of its output. */
function onOneLine(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length <= 1500 ? line : `${line.slice(0, 500)} … ${line.slice(-1000)}`;
}

// Read at the start, because a test may change its environment.
const { PULUMI_KVM_TEST_TALLY: file, PULUMI_KVM_TEST_JOB: job = "mocha" } = process.env;

type Unnamed<T> = T extends unknown ? Omit<T, "job"> : never;

function tally(record: Unnamed<Record>): void {
  if (file) writeRecord(file, { job, ...record } as Record);
}

export = Tally;
