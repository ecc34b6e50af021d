import { spawn } from "node:child_process";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type Connection, type ParsedKey, Server, type Session, utils } from "ssh2";

/** A key pair: the text of the private key, and the public key as `ssh-ed25519 AAAA…`. */
export interface KeyPair {
  private: string;
  public: string;
}

export function keyPair(type: "ed25519" | "ecdsa" | "rsa" = "ed25519", passphrase?: string): KeyPair {
  const bits = { ed25519: {}, ecdsa: { bits: 256 }, rsa: { bits: 2048 } }[type];
  const lock = passphrase === undefined ? {} : { passphrase, cipher: "aes256-ctr", rounds: 4 };
  const pair = utils.generateKeyPairSync(type as "rsa", { ...bits, ...lock } as { bits: number });
  // One key in 256 begins with a zero byte. ssh2 loses that byte when it makes a key (not when it reads one).
  if (utils.parseKey(pair.private, passphrase) instanceof Error) return keyPair(type, passphrase);
  return { private: pair.private, public: pair.public.split(" ").slice(0, 2).join(" ") };
}

export interface FakeHostOptions {
  hostKeys?: KeyPair[];
  /** Public keys that may log in. "anyone" accepts every login. */
  authorized?: string[] | "anyone";
  /** The first folder of PATH. */
  path?: string;
  /** Environment variables of every command, as an administrator would set them. */
  environment?: Record<string, string>;
  sessionsAtMost?: number;
  /** Milliseconds for which an ended session still counts, as with sshd until it has waited for its child. */
  lingers?: number;
  /** The number of connections that are closed at once, as with MaxStartups. */
  drops?: number;
  /** A free port if absent. */
  port?: number;
}

/** An SSH server in this process, on loopback. The user of the test runs its commands with this machine's /bin/sh. */
export interface FakeHost {
  readonly port: number;
  readonly hostKey: string;
  /** Fingerprints or methods, in the order in which a client tried them. */
  readonly tried: string[];
  readonly commands: string[];
  /** TCP connections so far. */
  connections(): number;
  /** The algorithms of the last connection. */
  algorithms(): string[];
  sessions: { now: number; most: number };
  /** Breaks all connections. */
  cut(): void;
  /** Keeps the connections open, but answers nothing more. */
  silence(): void;
  close(): void;
}

const usual = keyPair();

export async function fakeHost(options: FakeHostOptions = {}): Promise<FakeHost> {
  const hostKeys = options.hostKeys ?? [usual];
  const tried: string[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const sessions = { now: 0, most: 0 };
  let drops = options.drops ?? 0;
  let connections = 0;
  let agreed: string[] = [];
  const server = new Server({ hostKeys: hostKeys.map((key) => key.private) }, (client) => {
    client.on("error", () => undefined);
    client.on("handshake", ({ kex, cs, sc }) => {
      agreed = [kex, cs.cipher, cs.mac, sc.cipher, sc.mac];
    });
    client.on("authentication", (context) => {
      tried.push(context.method === "publickey" ? context.key.data.toString("base64") : context.method);
      if (options.authorized === "anyone") return context.accept();
      const allowed = (options.authorized ?? []).some((key) => isSame(key, context));
      return allowed ? context.accept() : context.reject(["publickey"]);
    });
    client.on("ready", () => serve(client, options, commands, sessions));
  });
  const listener = createServer((socket) => {
    connections++;
    socket.setNoDelay(true);
    if (drops-- > 0) return void socket.destroy();
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    server.injectSocket(socket);
  });
  await new Promise<void>((resolve) => listener.listen(options.port ?? 0, "127.0.0.1", resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    hostKey: hostKeys[0]?.public ?? "",
    tried,
    commands,
    sessions,
    connections: () => connections,
    algorithms: () => agreed,
    cut: () => sockets.forEach((socket) => void socket.destroy()),
    silence: () => sockets.forEach((socket) => void socket.pause().removeAllListeners("data")),
    close: () => {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function isSame(authorized: string, context: { method: string; key?: { algo: string; data: Buffer } }): boolean {
  const key = utils.parseKey(authorized) as ParsedKey;
  return context.method === "publickey" && context.key !== undefined && key.getPublicSSH().equals(context.key.data);
}

function serve(client: Connection, options: FakeHostOptions, commands: string[], sessions: FakeHost["sessions"]) {
  client.on("session", (accept, reject) => {
    if (sessions.now >= (options.sessionsAtMost ?? 10)) return reject();
    sessions.now++;
    sessions.most = Math.max(sessions.most, sessions.now);
    const session = accept();
    session.once("close", () => {
      if (options.lingers) setTimeout(() => sessions.now--, options.lingers);
      else sessions.now--;
    });
    execute(session, options, commands);
  });
  client.on("tcpip", (accept, _reject, info) => {
    const onward = connect({ port: info.destPort, host: info.destIP, noDelay: true });
    onward.once("error", () => onward.destroy());
    const channel = accept();
    channel.pipe(onward).pipe(channel);
  });
  client.on("openssh.streamlocal", (accept, reject, info) => {
    const onward = connect(info.socketPath);
    onward.once("error", reject);
    onward.once("connect", () => {
      const channel = accept();
      channel.pipe(onward).pipe(channel);
    });
  });
}

function execute(session: Session, options: FakeHostOptions, commands: string[]) {
  session.once("exec", (accept, _reject, { command }) => {
    commands.push(command);
    const channel = accept();
    const path = `${options.path ? `${options.path}:` : ""}${process.env.PATH}`;
    const child = spawn("/bin/sh", ["-c", command], { env: { ...process.env, ...options.environment, PATH: path } });
    channel.pipe(child.stdin);
    child.stdin.on("error", () => undefined);
    child.stdout.on("data", (data) => channel.write(data));
    child.stderr.on("data", (data) => channel.stderr.write(data));
    channel.once("close", () => child.kill());
    child.once("close", (code, signal) => {
      if (code === null) channel.exit(signal?.replace("SIG", "") ?? "KILL");
      else channel.exit(code);
      channel.end();
    });
  });
}
