import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KeyPair, keyPair } from "../unit/support/fake-host";

/** The OpenSSH server of this machine, as a process of the test, on a free loopback port and with its own keys. */
export interface Sshd {
  readonly port: number;
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey: string;
  /** A key that may log in as every user of this machine. */
  readonly key: KeyPair;
  stop(): Promise<void>;
}

const program = "/usr/sbin/sshd";

export function sshdIsInstalled(): boolean {
  return existsSync(program) && process.getuid?.() === 0;
}

/** @param settings lines of sshd_config before ours; sshd takes the first value of each setting */
export async function startSshd(settings: string[] = []): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-kvm-sshd-"));
  // sshd reads authorized_keys as the user who logs in.
  chmodSync(folder, 0o755);
  mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const [host, user] = [keyPair(), keyPair()];
  const port = await freePort();
  const write = (name: string, text: string, mode: number) => writeFileSync(join(folder, name), text, { mode });
  write("host_key", host.private, 0o600);
  write("authorized_keys", `${user.public}\n`, 0o644);
  write("sshd_config", [...settings, ...ownSettings(folder, port)].join("\n"), 0o600);
  const child = spawn(program, ["-D", "-e", "-f", join(folder, "sshd_config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (text) => {
    log += text;
  });
  const ended = once(child, "exit").then(() => Promise.reject(new Error(`sshd ended: ${log}`)));
  ended.catch(() => undefined);
  await Promise.race([ended, listening(port)]);
  return {
    port,
    hostKey: host.public,
    key: user,
    stop: async () => {
      child.kill();
      await ended.catch(() => undefined);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ownSettings(folder: string, port: number): string[] {
  return [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${folder}/host_key`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    "PidFile none",
    "UsePAM no",
    "StrictModes no",
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
  ];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const answered = await new Promise((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
