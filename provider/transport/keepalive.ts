import type { Duplex } from "node:stream";
import type { Client } from "ssh2";

const missedAtMost = 3;

/** Milliseconds: between questions; how lately a host was heard of that is not asked; how long one may think. */
const usual = { every: 10_000, fresh: 2_000, patience: 5_000 };

/**
 * Calls `dead` when the host has been silent for three questions. ssh2's own timer keeps an idle process from ending,
 * this one does not. The question is a request that every server must refuse: it changes nothing.
 * @returns whether the host is still at the other end: asked, unless it was heard of just now
 */
export function keepAlive(
  client: Client,
  socket: Duplex,
  dead: () => void,
  { every, fresh, patience } = usual,
): () => Promise<boolean> {
  let [unanswered, heardAt] = [0, performance.now()];
  let asking: Promise<boolean> | undefined;
  let giveUp: () => void = () => undefined;
  const timer = setInterval(() => {
    if (unanswered++ < missedAtMost) return ask(client);
    clearInterval(timer);
    dead();
  }, every);
  timer.unref();
  socket.on("data", () => {
    [unanswered, heardAt] = [0, performance.now()];
  });
  client.once("close", () => {
    clearInterval(timer);
    giveUp();
  });
  const answer = () =>
    new Promise<boolean>((resolve) => {
      const settle = (answered: boolean) => {
        clearTimeout(late);
        asking = undefined;
        resolve(answered);
      };
      const late = setTimeout(() => settle(false), patience);
      giveUp = () => settle(false);
      ask(client, () => settle(true));
    });
  return async () => {
    if (performance.now() - heardAt < fresh) return true;
    asking ??= answer();
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
