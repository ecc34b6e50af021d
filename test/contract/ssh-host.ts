import type { ChildProcess } from "node:child_process";
import type { AddressInfo } from "node:net";
import { type Connection, Server, type ServerChannel } from "ssh2";
import type { FakeMachine } from "../fake/machine";
import { keyPair } from "../unit/support/fake-host";

/** A fake machine behind a real SSH server, on loopback. */
export interface SshHost {
  /** The entry for PULUMI_KVM_HOSTS, by which the provider's process reaches this host. */
  readonly reach: { address: string; port: number; user: string; privateKey: string; hostKey: string };
  readonly hostKey: string;
  /** Logins so far. */
  logins(): number;
  /** Connections that are open now. */
  open(): number;
  /** Scripts so far that ran to their end. */
  scripts(): number;
  /** Called with each script before it runs. */
  before: (script: string) => void | Promise<void>;
  /** Disappears as in a power failure. From then on the port refuses connections. */
  die(): void;
}

export async function sshHost(machine: FakeMachine): Promise<SshHost> {
  const [host, user] = [keyPair(), keyPair()];
  const clients = new Set<Connection>();
  let logins = 0;
  let scripts = 0;
  const server = new Server({ hostKeys: [host.private] }, (client) => {
    clients.add(client);
    client.on("error", () => undefined);
    client.once("close", () => clients.delete(client));
    client.on("authentication", (context) =>
      context.method === "publickey" ? context.accept() : context.reject(["publickey"]),
    );
    client.once("ready", () => logins++);
    client.on("session", (accept) => {
      accept().once("exec", (acceptExec, _reject, { command }) => {
        execute(machine, command, acceptExec(), self).then(
          () => scripts++,
          () => undefined,
        );
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const self: SshHost = {
    reach: { address: "127.0.0.1", port, user: "root", privateKey: user.private, hostKey: host.public },
    hostKey: host.public,
    logins: () => logins,
    open: () => clients.size,
    scripts: () => scripts,
    before: () => undefined,
    die: () => {
      server.close();
      for (const client of clients) client.end();
    },
  };
  return self;
}

/**
 * Sends the input to a process in the machine's folder when all of it has arrived. A waiting shell prints before that.
 */
async function execute(machine: FakeMachine, command: string, channel: ServerChannel, host: SshHost): Promise<void> {
  const child = machine.spawn(command);
  const sent: Buffer[] = [];
  channel.on("data", (chunk: Buffer) => sent.push(chunk));
  channel.once("close", () => child.kill());
  channel.once("end", async () => {
    const script = Buffer.concat(sent).toString("latin1");
    await host.before(script);
    child.stdin?.end(Buffer.from(machine.inside(script), "latin1"));
  });
  child.stdin?.on("error", () => undefined);
  child.stderr?.on("data", (chunk) => channel.stderr.write(machine.outside(String(chunk))));
  const code = await printed(machine, child, channel);
  channel.exit(code);
  channel.end();
}

/** Sends the first line at once, because it says that the shell is ready. The rest follows when it is complete. */
function printed(machine: FakeMachine, child: ChildProcess, channel: ServerChannel): Promise<number> {
  let [text, started] = ["", false];
  child.stdout?.on("data", (chunk) => {
    text += String(chunk);
    if (started || !text.includes("\n")) return;
    started = true;
    const end = text.indexOf("\n") + 1;
    channel.write(text.slice(0, end));
    text = text.slice(end);
  });
  return new Promise((resolve) => {
    child.once("close", (code) => {
      channel.write(machine.outside(text));
      resolve(code ?? 255);
    });
  });
}
