import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { buffer } from "node:stream/consumers";
import { operations } from "../../provider/transport/operations";
import { rootShell } from "../../provider/transport/script";
import { session } from "../../provider/transport/session";
import type { Transport } from "../../provider/transport/transport";
import type { FakeMachine } from "./machine";

/** A transport to a fake machine. It counts scripts, and a test can make it fail. */
export interface FakeTransport extends Transport {
  /** The scripts so far, in their order. */
  readonly scripts: string[];
  /** Called before each script. The script fails when it throws, and waits when it waits. */
  before: (script: string) => void | Promise<void>;
  /** Called with the output of each script. The script returns its result instead. */
  after: (stdout: string) => string | Promise<string>;
}

/** Like a real transport, with its limits at both ends, but with this time limit for each script. */
export function limitedTransportTo(machine: FakeMachine, timeoutSeconds: number): FakeTransport {
  const start = async () => {
    const child = machine.spawn(`/bin/sh -c '${rootShell}'`) as ChildProcessWithoutNullStreams;
    const exit = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 255)));
    return session({ stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exit, kill: () => child.kill() });
  };
  const closed = () => Promise.reject(new Error("a fake machine has no sockets"));
  const real = operations({
    name: "fake",
    hostKey: "",
    startAsRoot: start,
    openSocket: closed,
    close: () => undefined,
  });
  const self = transportTo(machine);
  return Object.assign(self, {
    run: async (script: string) => {
      self.scripts.push(script);
      const result = await real.run(machine.inside(script), { timeoutSeconds });
      return { ...result, stdout: machine.outside(result.stdout) };
    },
  });
}

export function transportTo(machine: FakeMachine): FakeTransport {
  const scripts: string[] = [];
  const self: FakeTransport = {
    hostKey: "ssh-ed25519 AAAAfake",
    scripts,
    before: () => undefined,
    after: (stdout) => stdout,
    run: async (script) => {
      scripts.push(script);
      await self.before(script);
      const result = await machine.run(script);
      return { ...result, stdout: await self.after(result.stdout) };
    },
    put: async (source, path) => machine.write(path, (await buffer(source)).toString()),
    read: async (path) => Buffer.from(machine.read(path)),
    openSocket: () => Promise.reject(new Error("a fake machine has no sockets")),
    close: () => undefined,
  };
  return self;
}
