import { appendFileSync } from "node:fs";
import { Runner, reporters } from "mocha";

/**
 * Mocha's usual report, and a line for each test in the file that PULUMI_KVM_TEST_TALLY names: "1 0" for passed,
 * "0 1" and what failed, and why, otherwise. Written at once, so that a run that is cut off still tells how far it came.
 */
class Tally extends reporters.Spec {
  constructor(runner: Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.on(Runner.constants.EVENT_TEST_PASS, () => tally("1 0"));
    runner.on(Runner.constants.EVENT_TEST_FAIL, (test: Mocha.Runnable, error?: Error) =>
      tally(`0 1 ${onOneLine(test.fullTitle())}: ${onOneLine(error?.message ?? "no reason was given")}`),
    );
  }
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, " ").slice(0, 1500);
}

// Taken at the start: a test may give itself an environment of its own.
const file = process.env.PULUMI_KVM_TEST_TALLY;

function tally(line: string): void {
  if (file) appendFileSync(file, `${line}\n`);
}

export = Tally;
