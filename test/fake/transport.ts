import { buffer } from "node:stream/consumers";
import type { Transport } from "../../provider/transport/transport";
import type { FakeMachine } from "./machine";

/** A transport to a fake machine, which counts and can be made to fail. */
export interface FakeTransport extends Transport {
  /** The scripts that were run, in their order. */
  readonly scripts: string[];
  /** Called before each script; what it throws, or waits for, happens to the script. */
  before: (script: string) => void | Promise<void>;
  /** Called on what a script printed; the answer is what it returns, when it does. */
  after: (stdout: string) => string | Promise<string>;
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
