import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { portStream, processStarter, socketStream } from "./channels";
import { keepAlive } from "./keepalive";
import type { Start } from "./remote-process";
import { semaphore } from "./semaphore";
import type { Route } from "./ssh-route";

/** An SSH connection after the login, with a verified host key. */
export interface Connection {
  readonly hostKey: string;
  readonly start: Start;
  /** A stream to a Unix socket on the host, as the login user. */
  openSocket(path: string): Promise<Duplex>;
  /** A stream to a port, as seen from the host. */
  forward(address: string, port: number): Promise<Duplex>;
  /**
   * Keeps this process alive until the caller calls the returned function. A connection alone does not keep it alive.
   */
  hold(): () => void;
  /** False while half of the sessions or more are in use: a spare session would then be in the way. */
  hasRoom(): boolean;
  /** Sets the listener for the moment when a command has to wait because too many commands are running. */
  onFull(listener: () => void): void;
  alive(): boolean;
  /** Whether the host still answers. An idle connection may be dead without notice; a dead one is closed here. */
  answers(): Promise<boolean>;
  close(): void;
}

/** sshd allows 10 sessions by default (MaxSessions). Streams to ports and sockets do not count. */
const sessionsAtMost = 8;
const farewellMilliseconds = 500;

export function connection(
  route: Route,
  client: Client,
  hostKey: string,
  socket: Duplex,
  via?: Connection,
): Connection {
  let onFull: () => void = () => undefined;
  let alive = true;
  const sessions = semaphore(sessionsAtMost, () => onFull());
  const { hold, isIdle } = holder(socket, via);
  const end = () => {
    alive = false;
    socket.destroy();
  };
  client.on("error", end);
  client.once("close", end);
  const answers = keepAlive(client, socket, end);
  hold()();
  return {
    hostKey,
    hold,
    alive: () => alive,
    answers: async () => {
      // To close a busy connection would cut off its commands. So the keepalive decides whether a busy one is dead.
      if (alive && isIdle() && !(await answers()) && isIdle()) end();
      return alive;
    },
    hasRoom: () => sessions.taken < sessions.limit / 2,
    onFull: (listener) => {
      onFull = listener;
    },
    start: processStarter(route, client, sessions),
    openSocket: async (path) => held(hold, await socketStream(route, client, path)),
    forward: (address, port) => portStream(route, client, address, port),
    close: () => {
      alive = false;
      client.end();
      setTimeout(() => socket.destroy(), farewellMilliseconds).unref();
    },
  };
}

/** Whether a stream can keep the process alive by itself: a socket, or the pipes of a command. */
function isHolding(stream: Duplex): stream is Duplex & { ref(): void; unref(): void } {
  return "ref" in stream && "unref" in stream;
}

/** Neither an idle connection nor the connection that it goes through may keep the process alive. */
function holder(socket: Duplex, via?: Connection): { hold: () => () => void; isIdle: () => boolean } {
  let users = 0;
  let releaseVia: (() => void) | undefined;
  const hold = () => {
    if (users++ === 0) {
      releaseVia = via?.hold();
      if (isHolding(socket)) socket.ref();
    }
    let released = false;
    return () => {
      if (released) return;
      released = true;
      if (--users > 0) return;
      releaseVia?.();
      if (isHolding(socket)) socket.unref();
    };
  };
  return { hold, isIdle: () => users === 0 };
}

function held(hold: Connection["hold"], stream: Duplex): Duplex {
  const release = hold();
  stream.once("close", release);
  return stream;
}
