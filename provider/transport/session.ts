import type { Writable } from "node:stream";
import { HostUnreachable } from "../core/errors";
import { collector, finder } from "./collector";
import { connectionErrors } from "./errors";
import { beforeReadyBytes, stderrBytes, stdoutBytes } from "./limits";
import type { Process } from "./remote-process";
import { ready } from "./script";

/** How one of our programs ended. */
export interface Outcome {
  code: number;
  stdout: Buffer;
  /** Standard error since our shell began. All of it when our shell did not begin. */
  stderr: string;
  /** False when our shell never ran: the login shell or sudo refused, and the output is theirs. */
  began: boolean;
  /** We ended the program because it printed too much. */
  tooMuch?: true;
}

/** One of our programs on a host, from its {@link ready} line on. */
export interface Session {
  readonly stdin: Writable;
  readonly outcome: Promise<Outcome>;
  /** Calls the listener with each chunk of standard error. */
  onStderr(listener: (chunk: Buffer) => void): void;
  /** Calls the listener once, when our shell has begun. */
  onReady(listener: () => void): void;
  kill(): void;
}

export function session(process: Process): Session {
  let over: () => void = () => undefined;
  const full = new Promise<"full">((resolve) => {
    over = () => resolve("full");
  });
  const err = collector(stderrBytes, over);
  // The output of sudo and a profile up to now does not belong to the program.
  const out = readyCut(over, err.clear);
  process.stdout.on("data", out.push);
  process.stderr.on("data", err.push);
  // A process that ended early closes its input. The outcome tells why; the broken pipe does not.
  process.stdin.on("error", () => undefined);
  const outcome = Promise.race([process.exit, full]).then((end): Outcome => {
    const seen = { stdout: out.rest(), stderr: err.all().toString("utf8"), began: out.began() };
    if (end !== "full") return { code: end, ...seen };
    process.kill();
    return { code: 255, ...seen, tooMuch: true };
  });
  outcome.catch(() => undefined);
  return {
    stdin: process.stdin,
    outcome,
    onStderr: (listener) => void process.stderr.on("data", listener),
    onReady: out.onReady,
    kill: process.kill,
  };
}

/** Collects the output after the ready line. */
function readyCut(onFull: () => void, onReady: () => void) {
  const find = finder(Buffer.from(`${ready}\n`));
  const before = collector(beforeReadyBytes, onFull);
  const after = collector(stdoutBytes, onFull);
  let began = false;
  let listener: () => void = () => undefined;
  return {
    push: (chunk: Buffer) => {
      if (began) return after.push(chunk);
      const end = find(chunk);
      if (end === undefined) return before.push(chunk);
      began = true;
      after.push(chunk.subarray(end));
      onReady();
      listener();
    },
    rest: () => (began ? after : before).all(),
    began: () => began,
    onReady: (call: () => void) => {
      listener = call;
      if (began) call();
    },
  };
}

/** The login shell ended without running our command: for example, an account without a shell, or a forced command. */
export function neverBegan({ code, stdout, stderr, tooMuch }: Outcome): HostUnreachable {
  const said = `${stderr}${stdout.toString("utf8").slice(-1000)}`.trim().split("\n").slice(-3).join(" ").slice(0, 300);
  const how = tooMuch ? `it printed more than ${beforeReadyBytes >> 10} KiB before that` : `exit code ${code}`;
  return new HostUnreachable(
    connectionErrors.noShell(
      `the login shell did not run the command (${how}${said && `: ${said}`}). Check that ssh to the host with the command "/bin/sh -c true" works`,
    ),
  );
}

/** The error at a time limit. The command may still run on the host. */
export function noEnd(purpose: string): (seconds: number) => HostUnreachable {
  return (seconds) =>
    new HostUnreachable(
      connectionErrors.timeout(
        `the command did not end after ${seconds} s (${purpose}). It may still run on the host. Run again`,
      ),
    );
}
