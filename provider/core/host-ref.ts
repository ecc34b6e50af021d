/** How the state refers to a host: how to reach it, and the owner of the objects. It has no credentials. */
export interface HostRef {
  /** Alias in ~/.ssh/config, or name of the host in PULUMI_KVM_HOSTS. */
  name: string;
  /** DNS name or IP address, if the program gives it. */
  address?: string;
  /** Port of the SSH server, if the program gives it. */
  port?: number;
  /** User that logs in, if the program gives it. */
  user?: string;
  /** The pinned host key. */
  hostKey?: string;
  /** Whether commands run through sudo, if the program gives it. */
  sudo?: boolean;
  /** The jump host, if the program gives it. */
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
  /** The hypervisor. */
  host: HostRef;
  /** Name of the guest on the hypervisor. */
  guest: string;
  /** The identity of its first disk, which holds everything that is configured inside the guest. */
  disk: string;
}
