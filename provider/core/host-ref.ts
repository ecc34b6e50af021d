/** How the state refers to a host: how to reach it, and the owner of the objects. It has no credentials. */
export interface HostRef {
  name: string;
  address?: string;
  port?: number;
  user?: string;
  hostKey?: string;
  sudo?: boolean;
  jump?: HostRef;
  /** The owner of the stack's objects: random, made with its Host. */
  uid: string;
  /** The first characters of its machine-id(5). The provider refuses another machine at the same address. */
  machineId?: string;
  /** project/stack, for people who read it. */
  stack?: string;
  /** Set when this host is itself a guest. */
  carrier?: Carrier;
}

/** The guest that this host is. The provider asks the hypervisor whether the guest exists. */
export interface Carrier {
  host: HostRef;
  guest: string;
  /** The identity of its first disk, which holds everything that is configured inside the guest. */
  disk: string;
}
