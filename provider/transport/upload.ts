import { randomUUID } from "node:crypto";
import { posix } from "node:path";
import type { Readable } from "node:stream";
import { CommandFailed } from "../core/errors";
import { sh, text, trusted } from "../core/shell";
import { connectionErrors } from "./errors";
import { hostLimit } from "./limits";
import type { Machine } from "./root-access";
import { oneLine } from "./script";
import { neverBegan, noEnd, type Session } from "./session";
import { withinTime } from "./timeout";
import { traced } from "./trace";
import type { PutOptions } from "./transport";

const putSeconds = 3600;

/**
 * Sends the data, and then an end word that only we know, when all data is out and its size is right. Without the end
 * word, the host deletes the temporary file: the end of a stream may just be the end of the connection.
 */
export async function putFile(machine: Machine, source: Readable, path: string, options: PutOptions): Promise<void> {
  const end = randomUUID();
  // The source may fail before we read it. The reader gets the error then; this listener keeps the process from
  // crashing.
  source.on("error", () => undefined);
  // When this fails, nothing was read of the source. So the caller may send it over another connection.
  const session = await machine.startAsRoot();
  try {
    await traced(machine.name, "put a file", options.size ?? 0, () => {
      const all = transfer(session, source, path, end, options);
      return withinTime(options.timeoutSeconds ?? putSeconds, session, all, noEnd(`put ${path}`));
    });
  } finally {
    source.destroy();
  }
}

async function transfer(session: Session, source: Readable, path: string, end: string, options: PutOptions) {
  const limit = hostLimit(options.timeoutSeconds ?? putSeconds);
  session.stdin.write(oneLine(receiver(path, options.mode, end), limit));
  const sent = send(session, source, path, end, options);
  // A lost host or a full disk ends the upload, even while the source gives no data.
  await Promise.race([sent, session.outcome]);
  sent.catch(() => undefined);
  const outcome = await session.outcome;
  if (!outcome.began) throw neverBegan(outcome);
  if (outcome.code !== 0) throw notWritten(path, reason(outcome.stderr, outcome.code));
}

/** Always ends the input. An incomplete upload lacks the end word. */
async function send(session: Session, source: Readable, path: string, end: string, options: PutOptions) {
  const { stdin } = session;
  const room = roomIn(session);
  let sent = 0;
  try {
    for await (const chunk of source) {
      sent += Buffer.byteLength(chunk as Buffer | string);
      if (sent > (options.size ?? sent)) break;
      const isFull = !stdin.write(chunk);
      options.onProgress?.(sent);
      if (isFull && !(await room())) return;
    }
    if (options.size !== undefined && sent !== options.size) {
      throw notWritten(path, `the source gave ${sent} bytes, but ${options.size} were announced`);
    }
    stdin.write(end);
  } finally {
    stdin.end();
  }
}

/** @returns a function that waits for room. It gives false when the receiver ended first; the outcome then tells why */
function roomIn({ stdin, outcome }: Session): () => Promise<boolean> {
  let [ended, wake] = [false, () => {}];
  const over = () => {
    ended = true;
    wake();
  };
  outcome.then(over, over);
  return async () => {
    if (!ended)
      await new Promise<void>((resolve) => {
        wake = resolve;
        stdin.once("drain", resolve);
      });
    stdin.off("drain", wake);
    return !ended;
  };
}

/** One line. It sets the mode while the file is empty. The name cannot be guessed. `dd` cuts the end word off. */
function receiver(path: string, mode: number, end: string): string {
  const temporary = posix.join(posix.dirname(path), `.${end}.part`);
  const steps = [
    sh`set -C; : >"$t"`,
    sh`set +C; chmod ${mode.toString(8)} "$t"`,
    sh`cat >"$t"`,
    sh`n=$(($(wc -c <"$t") - ${end.length})); [ "$n" -ge 0 ]`,
    sh`[ "$(tail -c ${end.length} "$t")" = ${end} ]`,
    sh`dd if=/dev/null of="$t" bs=1 seek="$n" count=0 2>/dev/null`,
    sh`if [ -d ${path} ]; then echo "it is a directory" >&2; exit 1; fi`,
    sh`mv -f "$t" ${path}`,
  ];
  const guard = sh`t=${temporary}; trap 'rm -f "$t"' EXIT; trap 'exit 1' HUP INT TERM PIPE`;
  return text(sh`${guard}; set -e; ${trusted(steps.map(text).join("; "))}`);
}

function notWritten(path: string, why: string): CommandFailed {
  return new CommandFailed(connectionErrors.fileNotWritten(`cannot write ${path}: ${why}`));
}

function reason(stderr: string, code: number): string {
  return stderr.trim().split("\n").slice(-3).join(" ") || `exit code ${code}`;
}
