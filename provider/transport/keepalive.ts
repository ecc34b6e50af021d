import type { Duplex } from "node:stream";
import type { Client } from "ssh2";

const missedAtMost = 3;

/**
 * In milliseconds: `every` is the time between questions. A host that sent data within `fresh` needs no question.
 * `patience` is the time for an answer.
 */
const usual = { every: 10_000, fresh: 2_000, patience: 5_000 };

/**
 * Calls `dead` when the host was silent during three questions. ssh2's own timer keeps an idle process alive, but this
 * timer does not. The question is a request that every server must refuse, so it changes nothing.
 * @returns a function that tells whether the host still answers. It asks the host, unless the host sent data just now
 */
export function keepAlive(
  client: Client,
  socket: Duplex,
  dead: () => void,
  { every, fresh, patience } = usual,
): () => Promise<boolean> {
  const silence = silenceOf(socket);
  const timer = setInterval(() => {
    if (silence.questions++ < missedAtMost) return ask(client);
    clearInterval(timer);
    dead();
  }, every);
  timer.unref();
  client.once("close", () => clearInterval(timer));
  const answered = oneAtATime(() => answer(client, patience));
  return async () => performance.now() - silence.since < fresh || answered();
}

/** The time of the last data from the host, and the number of questions since then. */
function silenceOf(socket: Duplex): { since: number; questions: number } {
  const silence = { since: performance.now(), questions: 0 };
  socket.on("data", () => Object.assign(silence, { since: performance.now(), questions: 0 }));
  return silence;
}

function answer(client: Client, patience: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (answered: boolean) => {
      clearTimeout(late);
      client.off("close", silent);
      resolve(answered);
    };
    const silent = () => settle(false);
    const late = setTimeout(silent, patience);
    client.once("close", silent);
    ask(client, () => settle(true));
  });
}

/** Callers during a question get the same answer. */
function oneAtATime<T>(question: () => Promise<T>): () => Promise<T> {
  let asking: Promise<T> | undefined;
  return () => {
    asking ??= question().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

function ask(client: Client, answered: () => void = () => undefined): void {
  try {
    client.unforwardIn("keepalive.invalid", 0, answered);
  } catch {
    // Already closed: the close event says so.
  }
}
