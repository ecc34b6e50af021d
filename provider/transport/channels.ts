import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client, ClientChannel } from "ssh2";
import { HostUnreachable } from "../core/errors";
import { connectionErrors } from "./errors";
import { exitCode, type Process, type Start } from "./remote-process";
import type { Semaphore } from "./semaphore";
import { cut, isRefusal, noSession, noStream } from "./ssh-errors";
import type { Route } from "./ssh-route";
import { withinTime } from "./timeout";

const openSeconds = 20;

/** sshd counts a session a little longer than we do: after it closes the channel, it still waits for its child. */
const lingerMilliseconds = 10_000;
const pauseMilliseconds = 100;

/**
 * Starts each command in its own session. A host may allow fewer sessions than we assume (MaxSessions). If it refuses a
 * session while others are open, the command waits for one of them. If none is open, the command retries for 10 s, but
 * only if the host has opened a session before.
 */
export function processStarter(route: Route, client: Client, sessions: Semaphore): Start {
  let hasOpened = false;
  return async (command) => {
    let refusedSince: number | undefined;
    for (;;) {
      const leave = await sessions.acquire();
      try {
        const channel = await opened(route, (done) => client.exec(command, done));
        hasOpened = true;
        channel.once("close", leave);
        return toProcess(route, channel);
      } catch (error) {
        const others = sessions.taken - 1;
        leave();
        if (!isRefusal(error)) throw error instanceof HostUnreachable ? error : cut(route, true);
        if (others > 0) sessions.shrinkTo(others);
        refusedSince = others > 0 ? undefined : (refusedSince ?? performance.now());
        if (others === 0 && !(hasOpened && isRecent(refusedSince))) throw noSession(route, error);
        if (others === 0) await sleep(pauseMilliseconds);
      }
    }
  };
}

function isRecent(since = 0): boolean {
  return performance.now() - since < lingerMilliseconds;
}

/** A stream to a Unix socket on the host. */
export function socketStream(route: Route, client: Client, path: string): Promise<Duplex> {
  return opened(route, (done) => client.openssh_forwardOutStreamLocal(path, done)).catch((error: Error) => {
    throw noStream(route, path, error);
  });
}

/** A stream to a port, as seen from the host. */
export function portStream(route: Route, client: Client, address: string, port: number): Promise<Duplex> {
  return opened(route, (done) => client.forwardOut("127.0.0.1", 0, address, port, done)).catch((error: Error) => {
    throw noStream(route, `${address} port ${port}`, error);
  });
}

/** ssh2 has no time limit for the answer to a request, so this adds one. It closes a channel that comes too late. */
function opened(route: Route, request: (done: (error: Error | undefined, channel: ClientChannel) => void) => void) {
  const answer = new Promise<ClientChannel>((resolve, reject) => {
    request((error, channel) => (error ? reject(error) : resolve(channel)));
  });
  const giveBack = () =>
    void answer.then(
      (channel) => channel.close(),
      () => undefined,
    );
  return withinTime(openSeconds, { kill: giveBack }, answer, (seconds) => {
    const problem = connectionErrors.timeout(`${route.name} opened no channel in ${seconds} s. Run again`);
    return new HostUnreachable(problem, { retryable: true });
  });
}

function abandoned({ name }: Route): HostUnreachable {
  return new HostUnreachable(connectionErrors.timeout(`the provider stopped a command on ${name}. Run again`));
}

function toProcess(route: Route, channel: ClientChannel): Process {
  let giveUp: () => void = () => undefined;
  const exit = new Promise<number>((resolve, reject) => {
    giveUp = () => reject(abandoned(route));
    channel.once("close", (code?: number | null, signal?: string) => {
      if (code === undefined && signal === undefined) reject(cut(route, false));
      else resolve(exitCode(code, signal));
    });
  });
  exit.catch(() => undefined);
  const kill = () => {
    // For a command that does not see its pipes close. A root process under sudo does not get this signal: the host
    // ends it at its time limit.
    channel.signal("TERM");
    channel.close();
    giveUp();
  };
  return { stdin: channel, stdout: channel, stderr: channel.stderr, exit, kill };
}
