import { once } from "node:events";
import { execa } from "execa";

/** The end of a command. */
export interface Ended {
  /** 128 + n after signal n. */
  code: number;
  stdout: string;
  /** Both streams, in the order of arrival. */
  output: string;
  seconds: number;
}

/** A running command. */
export interface Command {
  pid: number;
  ended: Promise<Ended>;
  /** Resolves when the output matches. @throws when the command ends without a match */
  says(pattern: RegExp): Promise<void>;
  /** Kills the process alone, as the kernel does. */
  kill(): void;
  /** Sends SIGINT to the process group, as a terminal does at Ctrl-C. */
  interrupt(): void;
}

const limit = 35 * 60_000; // three Debian guests boot under emulation within this time, also on a busy machine

export function startCommand(
  file: string,
  args: readonly string[],
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Command {
  const began = performance.now();
  const child = execa(file, args, {
    ...{ cwd, env: { ...env }, extendEnv: false, stdin: "ignore", all: true, reject: false, timeout: limit },
    detached: true, // its own process group
  });
  const pid = Number(child.pid);
  const ended = child.then((end) => {
    const seconds = (performance.now() - began) / 1000;
    const code = end.exitCode ?? (end.signal === "SIGKILL" ? 137 : end.signal === "SIGINT" ? 130 : 255);
    return { code, stdout: end.stdout, output: end.all || String(end.message ?? ""), seconds };
  });
  return {
    ...{ pid, ended },
    says: (pattern) => says(child.all, pattern, ended),
    kill: () => void process.kill(pid, "SIGKILL"),
    interrupt: () => void process.kill(-pid, "SIGINT"),
  };
}

async function says(all: NodeJS.ReadableStream, pattern: RegExp, ended: Promise<Ended>): Promise<void> {
  const stop = new AbortController();
  let text = "";
  const heard = (async () => {
    while (!pattern.test(text)) text += String((await once(all, "data", { signal: stop.signal }))[0]);
    return true;
  })().catch(() => false);
  const inTime = await Promise.race([heard, ended.then(() => false)]);
  stop.abort();
  if (!inTime && !pattern.test((await ended).output)) {
    throw new Error(`it ended without saying ${pattern}:\n${(await ended).output}`);
  }
}
