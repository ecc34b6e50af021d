import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { portStream, processStarter, socketStream } from "./channels";
import { keepAlive } from "./keepalive";
import type { Start } from "./remote-process";
import { semaphore } from "./semaphore";
import type { Route } from "./ssh-route";

/** An SSH connection: the host's key is checked, and we are logged in. */
export interface Connection {
  readonly hostKey: string;
  readonly start: Start;
  /** A stream to a Unix socket there, as the user that we logged in as. */
  openSocket(path: string): Promise<Duplex>;
  /** A stream to a port, as seen from there. */
  forward(address: string, port: number): Promise<Duplex>;
  /** Keeps this process alive until the returned function is called; a connection by itself does not. */
  hold(): () => void;
  /** False while so many commands run that one in advance would be in their way. */
  hasRoom(): boolean;
  /** Called when a command has to wait because too many are running. */
  onFull(listener: () => void): void;
  alive(): boolean;
  /** Whether it still leads to the host: an idle one may not, without a word of it. One that does not is ended. */
  answers(): Promise<boolean>;
  close(): void;
}

/** sshd takes 10 sessions by default. Streams to ports and sockets do not count. */
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
      // What runs on it would be cut off: then its silence is for the keepalive to judge.
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

/** Of a stream that keeps the process alive by itself: a socket, or the pipes of a command. */
function isHolding(stream: Duplex): stream is Duplex & { ref(): void; unref(): void } {
  return "ref" in stream && "unref" in stream;
}

/** A connection with nothing to do must not keep the process from ending, nor the one that it goes through. */
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
