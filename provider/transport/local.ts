import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { execa } from "execa";
import { HostUnreachable } from "../core/errors";
import { hostEnvironment } from "./child-environment";
import { connectionErrors } from "./errors";
import { endGroup } from "./group";
import { exitCode, type Process } from "./remote-process";
import type { Machine } from "./root-access";
import type { Route } from "./ssh-route";
import { startAsRoot } from "./sudo";

/** This machine, without SSH. */
export function localMachine(route: Route): Machine {
  return {
    name: route.name,
    hostKey: "",
    startAsRoot: startAsRoot(start, route),
    openSocket,
    close: () => undefined,
  };
}

/** Starts the command in its own process group, so that `kill` ends its children too. */
async function start(command: string): Promise<Process> {
  const child = execa("/bin/sh", ["-c", command], {
    ...{ buffer: false, reject: false, detached: true, cleanup: false },
    ...{ extendEnv: false, env: hostEnvironment() },
  });
  const exit = child.then(({ exitCode: code, signal, cause }) => {
    if (code === undefined && signal === undefined)
      throw new HostUnreachable(connectionErrors.noShell(`/bin/sh does not start: ${cause}. Repair this machine`));
    return exitCode(code, signal);
  });
  exit.catch(() => undefined);
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exit, kill: () => endGroup(child.pid) };
}

function openSocket(path: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    // This listener stays: a later error ends the stream, and must not end the process.
    socket.on("error", (error) =>
      reject(new HostUnreachable(connectionErrors.noStream(`${path} cannot be opened: ${error.message}`))),
    );
  });
}
