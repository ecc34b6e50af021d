import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FakeMachine, fakeMachine } from "../fake/machine";
import { type Engine, type EngineOptions, type Properties, startEngine } from "./engine";
import { type SshHost, sshHost } from "./ssh-host";

/** A fake machine behind SSH, and a provider process that reaches it as "tower". */
export interface Site {
  machine: FakeMachine;
  ssh: SshHost;
  engine: Engine;
  /** A new process without any knowledge, as the next run of Pulumi starts it. */
  nextRun(env?: Record<string, string>, options?: EngineOptions): Promise<Engine>;
  /** The outputs of a registered Host. */
  host(): Promise<Properties & { host: Properties }>;
  close(): Promise<void>;
}

export async function openSite(env: Record<string, string> = {}): Promise<Site> {
  const machine = fakeMachine();
  const ssh = await sshHost(machine);
  // The tests use no settings of the user who runs them.
  const home = mkdtempSync(join(tmpdir(), "pulumi-kvm-home-"));
  const own = { HOME: home, SSH_AUTH_SOCK: "", PULUMI_KVM_HOSTS: JSON.stringify({ tower: ssh.reach }), ...env };
  const engines: Engine[] = [];
  const start = async (more: Record<string, string> = {}, options?: EngineOptions) => {
    const engine = await startEngine({ ...own, ...more }, options);
    engines.push(engine);
    return engine;
  };
  const engine = await start();
  return {
    machine,
    ssh,
    engine,
    nextRun: start,
    host: async () => {
      const { inputs } = await engine.check("Host", {}, { path: "tower", host: { name: "tower", stack: "net/dev" } });
      return (await engine.create("Host", inputs)).outs as Properties & { host: Properties };
    },
    close: async () => {
      await Promise.all(engines.map((one) => one.close()));
      ssh.die();
      machine.remove();
      rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}
