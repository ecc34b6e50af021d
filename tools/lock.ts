import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Lock {
  release(): Promise<void>;
}

/** Waits for the lock. `waiting` is called once, if it has to. */
export async function lock(name: string, waiting: () => void = () => {}): Promise<Lock> {
  for (let told = false; ; told = true) {
    const held = await tryLock(name);
    if (held) return held;
    if (!told) waiting();
    await sleep(300);
  }
}

/**
 * A lock of the whole machine, or undefined if another process has it. It is an abstract socket: the kernel lets go
 * of it when its process dies, however that does, and there is no file that could be stale or left over.
 */
export async function tryLock(name: string): Promise<Lock | undefined> {
  if (process.platform !== "linux") return { release: async () => {} };
  const server = createServer().unref();
  try {
    await once(server.listen(`\0pulumi-kvm-${digest(name)}`), "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
  return { release: async () => void (await new Promise((closed) => server.close(closed))) };
}

// a socket's name has 107 bytes, a path may have more
function digest(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 24);
}
