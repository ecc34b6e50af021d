/** The types that the arguments of a Guest are made of. */

/** A port of the hypervisor that QEMU's user-mode network forwards to a port of the guest. */
export interface HostForward {
  /** Protocol: "tcp" or "udp". @default "tcp" */
  protocol?: "tcp" | "udp";
  /**
   * Address of the hypervisor to listen on. "0.0.0.0" listens on all IPv4 addresses.
   * @default "127.0.0.1". A forward that version 0.1.0 created still listens on all addresses
   */
  hostAddress?: string;
  /** Port of the hypervisor, 1 to 65535. */
  hostPort: number;
  /** Target port of the guest, 1 to 65535. */
  guestPort: number;
}

/**
 * QEMU's user-mode network. Through it, the guest reaches every network that the hypervisor reaches, and a cloud's
 * metadata service too. By default it cannot reach services on the hypervisor's loopback.
 */
export interface UserNetwork {
  /** Ports of the hypervisor to forward to the guest. @default none */
  hostForwards?: HostForward[];
  /** Whether the guest can reach services on the hypervisor's 127.0.0.1, at the address 10.0.2.2. @default false */
  hostLoopback?: boolean;
}

/** NIC models that QEMU emulates. virtio is the fastest. */
export type NicModel = "virtio" | "e1000" | "rtl8139" | "ne2k_pci";

/**
 * A network interface. Give either `tap`, or `user` for QEMU's user-mode network (TCP and UDP only, no ping).
 */
export interface Nic {
  /** Name of the tap that connects the NIC. */
  tap?: string;
  /** Use the user-mode network: DHCP, outgoing TCP and UDP, and port forwards to the guest. */
  user?: UserNetwork;
  /** NIC model that QEMU emulates. "virtio" is the fastest. @default "virtio" */
  model?: NicModel;
  /** MAC address, unicast and in lower case. @default derived from the stack, the guest and the NIC's index */
  macAddress?: string;
  /** Whether the NIC has a link (a virtual cable). @default true */
  link?: boolean;
}

/** Configuration that cloud-init reads at the guest's first boot (NoCloud). */
export interface CloudInit {
  /** Host name of the guest. @default the resource's name */
  hostname?: string;
  /**
   * SSH public keys for root and the image's default user. pulumi-kvm always adds the public keys that can log in to the
   * hypervisor.
   */
  sshAuthorizedKeys?: string[];
  /** Static addresses of the first NIC on a tap. Other NICs use DHCP. @default DHCP */
  network?: GuestNetwork;
  /**
   * Your own user data: #cloud-config, or a script. It takes precedence over the settings of pulumi-kvm. The state
   * encrypts it.
   * @default none
   */
  userData?: string;
  /** Your own network-config, in place of `network`. The state encrypts it. @default made from `network` */
  networkConfig?: string;
}

/** Direct boot of a kernel, without a boot loader. All paths are paths on the host. */
export interface Kernel {
  /** Path of the kernel. */
  image: string;
  /** Path of the initial RAM disk (initrd). @default none */
  initrd?: string;
  /** Kernel command line. @default none */
  commandLine?: string;
}

/** Conditions under which the guest is ready. A create and an update wait for all of them. */
export interface WaitFor {
  /** Wait until the guest's SSH server answers on port 22. Ignored when `tcpPort` is set. @default false */
  ssh?: boolean;
  /** Wait until cloud-init prints on the console that it has finished. @default false */
  cloudInit?: boolean;
  /** Wait until this TCP port of the guest is open. @default none */
  tcpPort?: number;
  /** Time limit in seconds. @default 300 */
  timeoutSeconds?: number;
}

/** Static IP configuration of the guest's first NIC on a tap. */
export interface GuestNetwork {
  /** IPv4 and IPv6 addresses, each with its prefix length: "192.168.50.2/24". */
  addresses: string[];
  /**
   * Default gateway: one address, or a list with at most one for each IP family. It must be in the network of one of the
   * addresses. This does not apply to a link-local gateway, or to a guest whose address is a /32 or a /128.
   * @default none
   */
  gateway?: string | string[];
  /** Addresses of DNS servers. @default none */
  nameservers?: string[];
}
