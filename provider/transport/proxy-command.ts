import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { userEnvironment } from "./child-environment";
import { endWithUs } from "./group";

const saidAtMost = 1000;
const patienceMilliseconds = 500;

/**
 * A stream to a host through the ProxyCommand in the user's SSH configuration, run as ssh runs it. The command and its
 * children end with the stream. The time limit of the login also covers the command.
 */
export function proxyStream(command: string): Duplex {
  const shell = process.env.SHELL || "/bin/sh";
  const child = spawn(shell, ["-c", `exec ${command}`], { detached: true, env: userEnvironment() });
  const stream = duplex(child);
  const kill = endWithUs(child.pid);
  const said = lastWords(child);
  stream.once("close", kill);
  // This listener stays: a later error ends the stream, and must not end the process.
  stream.on("error", () => undefined);
  child.once("error", (error) => stream.destroy(error));
  // A command that closed its output no longer leads to the host. It gets a moment to end by itself and tell why.
  child.stdout.once("end", () => setTimeout(kill, patienceMilliseconds).unref());
  child.once("close", (code, signal) => {
    stream.destroy(new Error(`its ProxyCommand ended (${signal ?? `exit code ${code}`})${said()}`));
  });
  return Object.assign(stream, holding(child));
}

/** The stream ends when the command ends, not when its output ends: only the end of the command tells why. */
function duplex({ stdin, stdout }: ChildProcessWithoutNullStreams): Duplex {
  const stream = new Duplex({
    read: () => void stdout.resume(),
    write: (chunk, encoding, done) => void stdin.write(chunk, encoding, (error) => done(error)),
    final: (done) => void stdin.end(() => done()),
  });
  stdout.on("data", (chunk: Buffer) => stream.push(chunk) || stdout.pause());
  stdin.on("error", () => undefined);
  return stream;
}

function lastWords(child: ChildProcess): () => string {
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-saidAtMost);
  });
  return () => said.trim() && `: ${said.trim().split("\n").slice(-3).join(" ")}`;
}

/** ref() and unref() as on a socket: whether the process waits for the command. */
function holding(child: ChildProcess): { ref(): void; unref(): void } {
  const pipes = [child.stdin, child.stdout, child.stderr].filter((pipe) => pipe instanceof Socket);
  const all = [child, ...pipes];
  return {
    ref: () => all.forEach((one) => void one.ref()),
    unref: () => all.forEach((one) => void one.unref()),
  };
}
