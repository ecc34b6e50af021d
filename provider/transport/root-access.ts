import type { Duplex } from "node:stream";
import type { StartAsRoot } from "./sudo";

/** What a connection, or this machine, offers. A Transport is built on it. */
export interface Machine {
  name: string;
  /** The key that the host showed, as `ssh-ed25519 AAAA…`; empty for this machine. */
  hostKey: string;
  startAsRoot: StartAsRoot;
  openSocket(path: string): Promise<Duplex>;
  close(): void;
}
