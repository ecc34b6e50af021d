import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Input } from "./inside";

/** Runs scripts in a virtual machine through QEMU's guest agent. The agent uses a serial port, not the network. */
export interface Agent {
  exec(script: string, options?: Input): Promise<string>;
  close(): void;
}

/** https://qemu-project.gitlab.io/qemu/interop/qemu-ga-ref.html */
export function agentAt(path: string): Agent {
  let socket: Socket | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const connected = async () => {
    if (socket && !socket.destroyed) return socket;
    socket = createConnection(path);
    socket.on("error", () => {});
    await once(socket, "connect");
    return socket;
  };
  const send = async (execute: string, args: Record<string, unknown>): Promise<Reply> => {
    const to = await connected();
    const replies = createInterface(to);
    try {
      const answer = once(replies, "line", { signal: AbortSignal.timeout(replySeconds * 1000) });
      to.write(`${JSON.stringify({ execute, arguments: args })}\n`);
      const reply = JSON.parse(String((await answer)[0]).replace(/^\xff/, ""));
      if (reply.error) throw new Error(reply.error.desc);
      return reply.return;
    } catch (error) {
      to.destroy(); // or the next request gets this reply
      throw error;
    } finally {
      replies.close();
    }
  };
  /** Sends one request at a time, because replies have no number. */
  const ask = (execute: string, args: Record<string, unknown>): Promise<Reply> => {
    const reply = turn.then(() => send(execute, args));
    turn = reply.catch(() => {});
    return reply;
  };

  return {
    async exec(script, { timeout = 600_000, ...given } = {}) {
      const input = given.inputFile ? await readFile(given.inputFile) : Buffer.from(given.input ?? "");
      const { pid } = await ask("guest-exec", {
        ...{ path: "/bin/sh", arg: ["-c", script], env: environment, "capture-output": true },
        "input-data": input.toString("base64"),
      });
      for (const deadline = performance.now() + timeout; ; await sleep(30)) {
        const state = await ask("guest-exec-status", { pid });
        if (state.exited) return outcome(script, state);
        if (performance.now() > deadline) throw new Error(`${script}\nhas not ended within ${timeout / 1000} s`);
      }
    },
    close: () => socket?.destroy(),
  };
}

interface Reply {
  pid?: number;
  exited?: boolean;
  exitcode?: number;
  "out-data"?: string;
  "err-data"?: string;
}

const replySeconds = 10;
const environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"];

function outcome(script: string, reply: Reply): string {
  const decoded = (data = "") => Buffer.from(data, "base64").toString("utf8").replace(/\n$/, "");
  const [stdout, stderr] = [decoded(reply["out-data"]), decoded(reply["err-data"])];
  if (reply.exitcode !== 0) throw new Error(`${script}\nended with ${reply.exitcode}\n${stdout}\n${stderr}`);
  return stdout;
}
