import type { Duplex } from "node:stream";
import { CommandFailed } from "../core/errors";
import { quote, sh, text } from "../core/shell";
import { connectionErrors } from "./errors";
import { hostLimit } from "./limits";
import type { Machine } from "./root-access";
import { scriptInput } from "./script";
import { semaphore } from "./semaphore";
import { neverBegan, noEnd, type Outcome } from "./session";
import { withinTime } from "./timeout";
import { traced } from "./trace";
import type { ReadOptions, Result, Transport } from "./transport";
import { putFile } from "./upload";

/** Long enough to install a package from a slow mirror. Longer work runs as a unit on the host, and we poll it. */
const runSeconds = 300;
const socketSeconds = 20;
const absent = 44;

/** Uploads may take long. At least half of the sessions stay free for commands. */
const putsAtMost = 4;

export function operations(machine: Machine): Transport {
  const puts = semaphore(putsAtMost);
  return {
    hostKey: machine.hostKey,
    run: async (script, options = {}) => {
      const { stdout, cut, ...end } = await runScript(machine, script, options.timeoutSeconds ?? runSeconds);
      return { code: end.code, stdout: stdout.toString("utf8"), stderr: end.stderr, ...(cut && { cut }) };
    },
    put: async (source, path, options) => {
      const leave = await puts.acquire();
      await putFile(machine, source, path, options).finally(leave);
    },
    read: (path, options = {}) => readFile(machine, path, options),
    openSocket: (path, options = {}) => openSocket(machine, path, options.timeoutSeconds ?? socketSeconds),
    close: () => machine.close(),
  };
}

type Ended = Outcome & Pick<Result, "cut">;

async function runScript(machine: Machine, script: string, seconds: number): Promise<Ended> {
  const session = await machine.startAsRoot();
  const limit = hostLimit(seconds);
  const input = scriptInput(script, limit);
  return traced(machine.name, purpose(script), input.length, async () => {
    const began = performance.now();
    session.stdin.end(input);
    const outcome = await withinTime(seconds, session, session.outcome, noEnd(purpose(script)));
    if (!outcome.began) throw neverBegan(outcome);
    const tooLong = isTimeout(outcome) && performance.now() - began >= limit.seconds * 1000;
    const cut = outcome.tooMuch ? "size" : tooLong ? "time" : undefined;
    return { ...outcome, ...(cut && { cut }) };
  });
}

/** The exit codes of `timeout` of coreutils and busybox: its own code, or the code of the signal that it sent. */
function isTimeout({ code }: Outcome): boolean {
  return [124, 137, 143].includes(code);
}

/** The first line of the script when it is a comment. We wrote that line, and it holds no value of a user. */
function purpose(script: string): string {
  return /^\s*#\s*(.{1,80})/.exec(script)?.[1] ?? "script";
}

async function readFile(machine: Machine, path: string, options: ReadOptions): Promise<Buffer | undefined> {
  const file = quote(path);
  // One byte more than the limit shows that the file is too large.
  const some = options.maxBytes === undefined ? sh`cat --` : sh`head -c ${options.maxBytes + 1} --`;
  const script = `# read a file\nif [ -e ${file} ]; then exec ${text(some)} ${file}; else exit ${absent}; fi\n`;
  const { code, stdout, stderr, cut } = await runScript(machine, script, options.timeoutSeconds ?? runSeconds);
  if (code === absent) return undefined;
  if (stdout.length > (options.maxBytes ?? Number.POSITIVE_INFINITY) || cut === "size")
    throw new CommandFailed(connectionErrors.fileNotRead(`cannot read ${path}: it is too large`));
  if (code !== 0)
    throw new CommandFailed(
      connectionErrors.fileNotRead(`cannot read ${path}: ${cut ? "it takes too long" : stderr.trim()}`),
    );
  return stdout;
}

function openSocket(machine: Machine, path: string, seconds: number): Promise<Duplex> {
  return traced(machine.name, "open a socket", 0, () => {
    const opened = machine.openSocket(path);
    const giveBack = () =>
      void opened.then(
        (stream) => stream.destroy(),
        () => undefined,
      );
    return withinTime(seconds, { kill: giveBack }, opened, noEnd(`open ${path}`));
  });
}
