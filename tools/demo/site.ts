/** The hypervisor of a lab, with the data that the demo needs. */
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
  /** A throwaway hypervisor has no KVM. */
  accelerator: string;
  /** A page outside of the lab. */
  probeUrl?: string;
  /** For the stack, its state and the CLI's home. */
  folder: string;
  /** The objects that did not exist before the demo. */
  left(): Promise<string[]>;
  /** The result of the comparison, for a sentence. */
  compared: string;
  /** The NIC on the host's LAN, when it is known. */
  nic?: string;
  /** The requests of the lab that reached the outside. */
  seen(): Promise<string[]>;
  /** Another machine on the host's LAN. Undefined when there is none. */
  neighbour?: Neighbour;
  /** Prints how to log in. Resolves when the demo may destroy the lab, or at once when the lab keeps running. */
  keep(outputs: Record<string, unknown>): Promise<void>;
  /** The command line that destroys the lab. */
  howToDestroy: string;
  close(): Promise<void>;
}

export interface Neighbour {
  /** The address that a machine makes from the router advertisements of the LAN (RFC 4862). */
  advertised(macAddress: string): string;
  /** The results of a ping and of fetching a page. */
  looksAt(address: string): Promise<[ping: string, page: string]>;
}
