import type { Duplex, Readable } from "node:stream";

/**
 * How to reach a host. The state may hold this: it has no credential, and no path to one. Keys come from the agent,
 * from IdentityFile in ~/.ssh/config, from ~/.ssh/id_* or from the environment, as with ssh itself.
 */
export interface Endpoint {
  /** The user's name for the host: in errors, as the key in PULUMI_KVM_HOSTS, as the alias in ~/.ssh/config. */
  name: string;
  /** Name or address; "local" is this machine, without SSH. @default HostName of ~/.ssh/config, else the name itself */
  address?: string;
  /** @default Port of ~/.ssh/config, else 22 */
  port?: number;
  /** @default User of ~/.ssh/config, else the user who runs Pulumi */
  user?: string;
  /** The pinned host key, as `ssh-ed25519 AAAA…` or as `SHA256:…`. @default known_hosts decides */
  hostKey?: string;
  /** The jump host on the way to this host. Its own `jump` makes a chain. @default ProxyJump of ~/.ssh/config */
  jump?: Endpoint;
  /** Whether commands run through sudo. @default true unless the user is root */
  sudo?: boolean;
  /** Path on the jump host of a private key that logs in here too. Never in the state: every process sets it again. */
  identityOnJump?: string;
}

/** How a command ended, with any exit code. */
export interface Result {
  code: number;
  stdout: string;
  stderr: string;
  /**
   * The command did not end by itself. "time": it took too long, and the host ended it. "size": it printed too much.
   */
  cut?: "time" | "size";
}

export interface ReadOptions {
  /** @default 300 */
  timeoutSeconds?: number;
  /** A larger file is an error. @default 64 MiB */
  maxBytes?: number;
}

export interface PutOptions {
  /** Permission bits, as in 0o600. The file gets them before it gets any data. */
  mode: number;
  /** The number of bytes that the source must give. With another number, the old file stays. @default not checked */
  size?: number;
  /** Called with the number of bytes sent so far. */
  onProgress?: (bytes: number) => void;
  /** The time limit in seconds. @default 3600 */
  timeoutSeconds?: number;
}

/**
 * Commands and files on one host, as root. Every call has its own time limit. It throws HostUnreachable when the host
 * is unreachable or the connection is lost. The error is `retryable` only while nothing has been sent.
 */
export interface Transport {
  /** The key that the host showed, as `ssh-ed25519 AAAA…`; empty for the local machine. */
  readonly hostKey: string;
  /**
   * Runs a POSIX sh script. It starts only after all of it has arrived. It runs in `/`, with LC_ALL=C, with umask 077
   * (so set the mode of files that others must read), and with empty standard input. A comment on the first line is the
   * purpose of the script, for debug output and time-out errors. The host ends the script and its children shortly
   * before the time limit: see Result.cut. @default timeoutSeconds 300
   */
  run(script: string, options?: { timeoutSeconds?: number }): Promise<Result>;
  /** Writes a file, streamed and atomic: `path` has the old file or the complete new one. */
  put(source: Readable, path: string, options: PutOptions): Promise<void>;
  /** The whole file. Undefined when it is absent. @throws CommandFailed when it cannot be read */
  read(path: string, options?: ReadOptions): Promise<Buffer | undefined>;
  /** A stream to a Unix socket on the host, as the SSH user. The mode of the socket must allow this user. */
  openSocket(path: string, options?: { timeoutSeconds?: number }): Promise<Duplex>;
  close(): void;
}
