/** Where a lab goes: a hypervisor, and what the demo has to know of it. */
export interface Site {
  /** For sentences. */
  name: string;
  throwaway: boolean;
  /** Configuration of the example: how the program names the host. */
  host: { host: string; address?: string; user?: string; port?: string };
  /** For the provider only: how this process reaches the host, keys included. */
  env: Record<string, string>;
  /** Source of the guests' image. */
  image: string;
  /** Public keys that log in to the guests, besides those of the host. */
  publicKeys: string[];
  /** What KVM does there; a throwaway hypervisor has none. */
  accelerator: string;
  /** A page outside that answers. */
  probeUrl?: string;
  /** For the stack, its state and the CLI's home. */
  folder: string;
  /** What is there and was not there at first. */
  left(): Promise<string[]>;
  /** What was compared, for a sentence. */
  compared: string;
  /** The NIC on the host's LAN, when it is known. */
  nic?: string;
  /** What was seen of the lab from outside. */
  seen(): Promise<string[]>;
  /** Another machine of the host's LAN, where one of ours is there. */
  neighbour?: Neighbour;
  /** Says how to log in; ends when the lab may go, or at once when it stays. */
  keep(outputs: Record<string, unknown>): Promise<void>;
  /** A command line. */
  howToDestroy: string;
  close(): Promise<void>;
}

export interface Neighbour {
  /** The address that a machine gives itself by what the LAN's router says (RFC 4862). */
  advertised(macAddress: string): string;
  /** What comes of a ping, and of fetching a page. */
  looksAt(address: string): Promise<[ping: string, page: string]>;
}
