import type { Duplex } from "node:stream";
import type { Client } from "ssh2";

const everyMilliseconds = 10_000;
const missedAtMost = 3;

/**
 * Calls `dead` when the host has been silent for three questions. ssh2's own timer keeps an idle process from ending,
 * this one does not. The question is a request that every server must refuse: it changes nothing.
 */
export function keepAlive(client: Client, socket: Duplex, dead: () => void, every = everyMilliseconds): void {
  let unanswered = 0;
  const timer = setInterval(() => {
    if (unanswered++ < missedAtMost) return ask(client);
    clearInterval(timer);
    dead();
  }, every);
  timer.unref();
  socket.on("data", () => {
    unanswered = 0;
  });
  client.once("close", () => clearInterval(timer));
}

function ask(client: Client): void {
  try {
    client.unforwardIn("keepalive.invalid", 0, () => undefined);
  } catch {
    // Already closed: the close event says so.
  }
}
