import type { Writable } from "node:stream";
import { HostUnreachable } from "../errors";
import type { Process } from "./process";
import { ready } from "./script";

/** How a program of ours ended. */
export interface Outcome {
  code: number;
  stdout: Buffer;
  stderr: string;
  /** False when our shell never ran: the login shell or sudo refused, and the texts are theirs. */
  began: boolean;
}

/** One of our programs on a host, from its {@link ready} line on. */
export interface Session {
  readonly stdin: Writable;
  readonly outcome: Promise<Outcome>;
  /** Called with all that is on standard error so far, whenever more comes. */
  onStderr(listener: (text: string) => void): void;
  /** Called once, when our shell has begun. */
  onReady(listener: () => void): void;
  kill(): void;
}

export function session(process: Process): Session {
  const out = readyCut();
  const err: Buffer[] = [];
  const errText = () => Buffer.concat(err).toString("utf8");
  process.stdout.on("data", out.push);
  process.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  // A process that ended early closes its input; the outcome says why, the broken pipe does not.
  process.stdin.on("error", () => undefined);
  const outcome = process.exit.then((code) => ({ code, stdout: out.rest(), stderr: errText(), began: out.began() }));
  outcome.catch(() => undefined);
  return {
    stdin: process.stdin,
    outcome,
    onStderr: (listener) => process.stderr.on("data", () => listener(errText())),
    onReady: out.onReady,
    kill: process.kill,
  };
}

/** Collects what comes after the ready line. */
function readyCut() {
  const line = Buffer.from(`${ready}\n`);
  let chunks: Buffer[] = [];
  let began = false;
  let listener: () => void = () => undefined;
  const look = () => {
    const all = Buffer.concat(chunks);
    const at = all.indexOf(line);
    chunks = at < 0 ? [all] : [all.subarray(at + line.length)];
    if (at < 0) return;
    began = true;
    listener();
  };
  return {
    push: (chunk: Buffer) => {
      chunks.push(chunk);
      if (!began) look();
    },
    rest: () => Buffer.concat(chunks),
    began: () => began,
    onReady: (call: () => void) => {
      listener = call;
      if (began) call();
    },
  };
}

/** The login shell ended without running our command: an account without a shell, a forced command. */
export function neverBegan({ code, stdout, stderr }: Outcome): HostUnreachable {
  const said = `${stderr}${stdout.toString("utf8")}`.trim().split("\n").slice(-3).join(" ").slice(0, 300);
  return new HostUnreachable(
    `the login shell did not run our command (exit code ${code}${said && `: ${said}`}). See that ssh to the host with the command "/bin/sh -c true" works.`,
  );
}

/** What a time limit says of something that may still be running there. */
export function noEnd(purpose: string): (seconds: number) => HostUnreachable {
  return (seconds) =>
    new HostUnreachable(`no end after ${seconds} s (${purpose}). It may still be running there; run again.`);
}
