import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";

/** A running command on a host: its streams and how it ends. */
export interface Process {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The exit code, 128 + n after signal n. @throws HostUnreachable, not retryable, when the connection is cut */
  readonly exit: Promise<number>;
  /** Closes the channel. The command sees its pipes close, and gets a signal if the host passes it on. */
  kill(): void;
}

/** Starts a command. @throws HostUnreachable, retryable, when it could not be sent: then nothing has begun */
export type Start = (command: string) => Promise<Process>;

/** The exit code that a POSIX shell gives as `$?`. */
export function exitCode(code: number | null | undefined, signal: string | null | undefined): number {
  if (typeof code === "number") return code;
  const number = constants.signals[signal as NodeJS.Signals];
  return number === undefined ? 255 : 128 + number;
}
