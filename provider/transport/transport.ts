import type { Duplex, Readable } from "node:stream";

/**
 * How a host is reached. This is what the state may hold: no credential, and no path to one. Keys come from the agent,
 * from ~/.ssh/config's IdentityFile, from ~/.ssh/id_* or from the environment, as with ssh itself.
 */
export interface Endpoint {
  /** What the user calls it: in errors, the key in PULUMI_KVM_HOSTS, the alias in ~/.ssh/config. */
  name: string;
  /** Name or address; "local" is this machine, without SSH. @default HostName of ~/.ssh/config, else the name itself */
  address?: string;
  /** @default Port of ~/.ssh/config, else 22 */
  port?: number;
  /** @default User of ~/.ssh/config, else the one who runs Pulumi */
  user?: string;
  /** The pinned host key, as `ssh-ed25519 AAAA…` or as `SHA256:…`. @default known_hosts decides */
  hostKey?: string;
  /** The host that it is reached through; its own `jump` makes a chain. @default ProxyJump of ~/.ssh/config */
  jump?: Endpoint;
  /** Whether commands run through sudo. @default true unless the user is root */
  sudo?: boolean;
  /** Path on the jump host of a private key that logs in here too. Never in the state: made anew by every process. */
  identityOnJump?: string;
}

/** How a command ended, whatever it says. */
export interface Result {
  code: number;
  stdout: string;
  stderr: string;
  /** It did not come to its own end: it took too long and was ended on the host, or it printed too much. */
  cut?: "time" | "size";
}

export interface ReadOptions {
  /** @default 300 */
  timeoutSeconds?: number;
  /** A larger file is an error. @default 64 MiB */
  maxBytes?: number;
}

export interface PutOptions {
  /** Permission bits, as in 0o600: set before any data is there. */
  mode: number;
  /** Bytes that the source must give; another number leaves the old file as it was. @default not checked */
  size?: number;
  /** Called with the number of bytes sent so far. */
  onProgress?: (bytes: number) => void;
  /** Seconds until it is given up. @default 3600 */
  timeoutSeconds?: number;
}

/**
 * Commands and files on one host, as root. Every call has a time limit of its own and throws HostUnreachable when the
 * host is not reached or is lost; that is `retryable` only while nothing has been sent.
 */
export interface Transport {
  /** The key that the host showed, as `ssh-ed25519 AAAA…`; empty for the local machine. */
  readonly hostKey: string;
  /**
   * Runs a whole POSIX sh script: nothing of it runs before all of it has arrived. It runs in `/`, with LC_ALL=C, with
   * umask 077 (so say the mode of what others are to read), and with nothing on standard input. A first line that is
   * a comment says what it is for, in debug output and in time-out errors. The host itself ends it, and what it started,
   * shortly before its time is over: see Result.cut. @default timeoutSeconds 300
   */
  run(script: string, options?: { timeoutSeconds?: number }): Promise<Result>;
  /** Writes a file, streamed and atomic: at `path` there is the old one or the whole new one. */
  put(source: Readable, path: string, options: PutOptions): Promise<void>;
  /** The whole file; undefined when it is absent. @throws CommandFailed when it cannot be read */
  read(path: string, options?: ReadOptions): Promise<Buffer | undefined>;
  /** A stream to a Unix socket on the host, as the SSH user: the socket's mode must admit it. */
  openSocket(path: string, options?: { timeoutSeconds?: number }): Promise<Duplex>;
  close(): void;
}
