import type { Duplex } from "node:stream";
import { CommandFailed } from "../errors";
import { quote } from "../shell";
import type { Machine } from "./machine";
import { putFile } from "./put";
import { scriptInput } from "./script";
import { semaphore } from "./semaphore";
import { neverBegan, noEnd, type Outcome } from "./session";
import { withinTime } from "./time-limit";
import { traced } from "./trace";
import type { Transport } from "./transport";

/** Long enough for a package's installation on a slow mirror; long work runs as a unit on the host and is polled. */
const runSeconds = 300;
const socketSeconds = 20;
const absent = 44;

/** Files may take long; at least half of the sessions are left to commands. */
const putsAtMost = 4;

export function operations(machine: Machine): Transport {
  const puts = semaphore(putsAtMost);
  return {
    hostKey: machine.hostKey,
    run: async (script, options = {}) => {
      const { stdout, ...end } = await runScript(machine, script, options.timeoutSeconds ?? runSeconds);
      return { code: end.code, stdout: stdout.toString("utf8"), stderr: end.stderr };
    },
    put: async (source, path, options) => {
      const leave = await puts.acquire();
      await putFile(machine, source, path, options).finally(leave);
    },
    read: (path, options = {}) => readFile(machine, path, options.timeoutSeconds ?? runSeconds),
    openSocket: (path, options = {}) => openSocket(machine, path, options.timeoutSeconds ?? socketSeconds),
    close: () => machine.close(),
  };
}

async function runScript(machine: Machine, script: string, seconds: number): Promise<Outcome> {
  const session = await machine.startAsRoot();
  const text = scriptInput(script);
  return traced(machine.name, purpose(script), text.length, async () => {
    session.stdin.end(text);
    const outcome = await withinTime(seconds, session, session.outcome, noEnd(purpose(script)));
    if (!outcome.began) throw neverBegan(outcome);
    return outcome;
  });
}

/** The script's first line when it is a comment: that is ours, and holds no value of a user. */
function purpose(script: string): string {
  return /^\s*#\s*(.{1,80})/.exec(script)?.[1] ?? "script";
}

async function readFile(machine: Machine, path: string, seconds: number): Promise<Buffer | undefined> {
  const file = quote(path);
  const script = `# read a file\nif [ -e ${file} ]; then exec cat -- ${file}; else exit ${absent}; fi\n`;
  const { code, stdout, stderr } = await runScript(machine, script, seconds);
  if (code === absent) return undefined;
  if (code !== 0) throw new CommandFailed(`cannot read ${path}: ${stderr.trim()}`);
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
