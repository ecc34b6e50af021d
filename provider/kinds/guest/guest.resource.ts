// Made by tools/resources.ts from the schema in guest.ts: npm run docs

import type * as pulumi from "@pulumi/pulumi";
import { type HostOrGuest, outputOf } from "../../core/resource";
import type { Disk } from "./disk.resource";
import { GuestBase } from "./guest.base";

/** Arguments of a Guest. */
export interface GuestArgs {
  /** The machine on which the resource is created: a Host, or a Guest. */
  host: pulumi.Input<HostOrGuest>;
  /** Name of the guest on the host, at most 63 characters. @default derived from the stack and the resource's name */
  name?: pulumi.Input<string | undefined>;
  /** Number of virtual CPUs, 1 to 255. @default 1 */
  vcpus?: pulumi.Input<number | undefined>;
  /** Memory in MiB, 16 to 4194304. @default 512 */
  memoryMiB?: pulumi.Input<number | undefined>;
  /**
   * "kvm" uses hardware virtualisation. "tcg" is QEMU's emulation, 10 to 50 times slower. "auto" uses KVM if the host
   * can, else emulation.
   * @default "kvm"
   */
  accelerator?: pulumi.Input<"auto" | "kvm" | "tcg" | undefined>;
  /** Disks. The guest boots from the first one. When Pulumi deletes the guest, the disks remain. @default none */
  disks?: pulumi.Input<pulumi.Input<Disk>[] | undefined>;
  /**
   * Network interfaces, at most 8, in the order eth0, eth1 …. A change of only `link` does not restart the guest.
   * @default none
   */
  nics?: pulumi.Input<pulumi.Input<NicArgs>[] | undefined>;
  /** Configuration that cloud-init applies at the guest's first boot. @default no configuration */
  cloudInit?: pulumi.Input<CloudInitArgs | undefined>;
  /** Boot this kernel directly, without a boot loader. @default none: the guest boots from its first disk */
  kernel?: pulumi.Input<KernelArgs | undefined>;
  /** Conditions under which the guest is ready. @default none: the guest is ready when QEMU runs */
  waitFor?: pulumi.Input<WaitForArgs | undefined>;
  /** Time limit in seconds for a clean shutdown, 1 to 3600. After this time, systemd ends QEMU. @default 90 */
  stopWithinSeconds?: pulumi.Input<number | undefined>;
  /** Whether the guest runs. @default true */
  running?: pulumi.Input<boolean | undefined>;
  /** Start the guest when the host boots. @default true */
  autostart?: pulumi.Input<boolean | undefined>;
}

/** A network interface. Give either `tap`, or `user` for QEMU's user-mode network (TCP and UDP only, no ping). */
export type NicArgs = NicTapArgs | NicUserArgs;

/** Arguments that each Nic can have. */
export interface NicBaseArgs {
  /** NIC model that QEMU emulates. "virtio" is the fastest. @default "virtio" */
  model?: pulumi.Input<"virtio" | "e1000" | "rtl8139" | "ne2k_pci" | undefined>;
  /** MAC address, unicast and in lower case. @default derived from the stack, the guest and the NIC's index */
  macAddress?: pulumi.Input<string | undefined>;
  /** Whether the NIC has a link (a virtual cable). @default true */
  link?: pulumi.Input<boolean | undefined>;
}

/** Arguments of a Nic with `tap`. */
export interface NicTapArgs extends NicBaseArgs {
  /** Name of the tap that connects the NIC. */
  tap: pulumi.Input<string | undefined>;
  user?: undefined;
}

/** Arguments of a Nic with `user`. */
export interface NicUserArgs extends NicBaseArgs {
  tap?: undefined;
  /** Use the user-mode network: DHCP, outgoing TCP and UDP, and port forwards to the guest. */
  user: pulumi.Input<UserNetworkArgs | undefined>;
}

/**
 * QEMU's user-mode network. Through it, the guest reaches every network that the hypervisor reaches, and a cloud's
 * metadata service too. By default it cannot reach services on the hypervisor's loopback.
 */
export interface UserNetworkArgs {
  /** Ports of the hypervisor to forward to the guest. @default none */
  hostForwards?: pulumi.Input<pulumi.Input<HostForwardArgs>[] | undefined>;
  /** Whether the guest can reach services on the hypervisor's 127.0.0.1, at the address 10.0.2.2. @default false */
  hostLoopback?: pulumi.Input<boolean | undefined>;
}

/** A port of the hypervisor that QEMU's user-mode network forwards to a port of the guest. */
export interface HostForwardArgs {
  /** Port of the hypervisor, 1 to 65535. */
  hostPort: pulumi.Input<number>;
  /** Target port of the guest, 1 to 65535. */
  guestPort: pulumi.Input<number>;
  /** Protocol: "tcp" or "udp". @default "tcp" */
  protocol?: pulumi.Input<"tcp" | "udp" | undefined>;
  /**
   * Address of the hypervisor to listen on. "0.0.0.0" listens on all IPv4 addresses.
   * @default "127.0.0.1". A forward that version 0.1.0 created still listens on all addresses
   */
  hostAddress?: pulumi.Input<string | undefined>;
}

/** Configuration that cloud-init reads at the guest's first boot (NoCloud). */
export interface CloudInitArgs {
  /** Host name of the guest. @default the resource's name */
  hostname?: pulumi.Input<string | undefined>;
  /**
   * SSH public keys for root and the image's default user. pulumi-kvm always adds the public keys that can log in to
   * the hypervisor.
   */
  sshAuthorizedKeys?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** Static addresses of the first NIC on a tap. Other NICs use DHCP. @default DHCP */
  network?: pulumi.Input<GuestNetworkArgs | undefined>;
  /**
   * Your own user data: #cloud-config, or a script. It takes precedence over the settings of pulumi-kvm. The state
   * encrypts it.
   * @default none
   */
  userData?: pulumi.Input<string | undefined>;
  /** Your own network-config, in place of `network`. The state encrypts it. @default made from `network` */
  networkConfig?: pulumi.Input<string | undefined>;
}

/** Static IP configuration of the guest's first NIC on a tap. */
export interface GuestNetworkArgs {
  /** IPv4 and IPv6 addresses, each with its prefix length: "192.168.50.2/24". */
  addresses: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Default gateway: one address, or a list with at most one for each IP family. It must be in the network of one of
   * the addresses. This does not apply to a link-local gateway, or to a guest whose address is a /32 or a /128.
   * @default none
   */
  gateway?: pulumi.Input<string | pulumi.Input<string>[] | undefined>;
  /** Addresses of DNS servers. @default none */
  nameservers?: pulumi.Input<pulumi.Input<string>[] | undefined>;
}

/** Direct boot of a kernel, without a boot loader. All paths are paths on the host. */
export interface KernelArgs {
  /** Path of the kernel. */
  image: pulumi.Input<string>;
  /** Path of the initial RAM disk (initrd). @default none */
  initrd?: pulumi.Input<string | undefined>;
  /** Kernel command line. @default none */
  commandLine?: pulumi.Input<string | undefined>;
}

/** Conditions under which the guest is ready. A create and an update wait for all of them. */
export interface WaitForArgs {
  /** Wait until the guest's SSH server answers on port 22. Ignored when `tcpPort` is set. @default false */
  ssh?: pulumi.Input<boolean | undefined>;
  /** Wait until cloud-init prints on the console that it has finished. @default false */
  cloudInit?: pulumi.Input<boolean | undefined>;
  /** Wait until this TCP port of the guest is open. @default none */
  tcpPort?: pulumi.Input<number | undefined>;
  /** Time limit in seconds. @default 300 */
  timeoutSeconds?: pulumi.Input<number | undefined>;
}

/** A network interface. Give either `tap`, or `user` for QEMU's user-mode network (TCP and UDP only, no ping). */
export interface Nic {
  /** Name of the tap that connects the NIC. */
  tap?: string;
  /** Use the user-mode network: DHCP, outgoing TCP and UDP, and port forwards to the guest. */
  user?: UserNetwork;
  /** NIC model that QEMU emulates. "virtio" is the fastest. @default "virtio" */
  model?: "virtio" | "e1000" | "rtl8139" | "ne2k_pci";
  /** MAC address, unicast and in lower case. @default derived from the stack, the guest and the NIC's index */
  macAddress: string;
  /** Whether the NIC has a link (a virtual cable). @default true */
  link: boolean;
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

/** A port of the hypervisor that QEMU's user-mode network forwards to a port of the guest. */
export interface HostForward {
  /** Port of the hypervisor, 1 to 65535. */
  hostPort: number;
  /** Target port of the guest, 1 to 65535. */
  guestPort: number;
  /** Protocol: "tcp" or "udp". @default "tcp" */
  protocol?: "tcp" | "udp";
  /**
   * Address of the hypervisor to listen on. "0.0.0.0" listens on all IPv4 addresses.
   * @default "127.0.0.1". A forward that version 0.1.0 created still listens on all addresses
   */
  hostAddress?: string;
}

/** Configuration that cloud-init reads at the guest's first boot (NoCloud). */
export interface CloudInit {
  /** Host name of the guest. @default the resource's name */
  hostname?: string;
  /**
   * SSH public keys for root and the image's default user. pulumi-kvm always adds the public keys that can log in to
   * the hypervisor.
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

/** Static IP configuration of the guest's first NIC on a tap. */
export interface GuestNetwork {
  /** IPv4 and IPv6 addresses, each with its prefix length: "192.168.50.2/24". */
  addresses: string[];
  /**
   * Default gateway: one address, or a list with at most one for each IP family. It must be in the network of one of
   * the addresses. This does not apply to a link-local gateway, or to a guest whose address is a /32 or a /128.
   * @default none
   */
  gateway?: string | string[];
  /** Addresses of DNS servers. @default none */
  nameservers?: string[];
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

/**
 * A virtual machine on a host.
 * @example
 * const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.50.1/24"] });
 * const tap = new kvm.Tap("web", { host, bridge: lan.name });
 * const image = new kvm.Image("debian", { host, source: "/srv/images/debian-13.qcow2" });
 * const disk = new kvm.Disk("web", { host, image });
 * const web = new kvm.Guest("web", {
 *   host,
 *   memoryMiB: 512,
 *   disks: [disk],
 *   nics: [{ tap: tap.name }],
 *   cloudInit: { network: { addresses: ["192.168.50.10/24"], gateway: "192.168.50.1" } },
 *   waitFor: { ssh: true },
 * });
 */
export class Guest extends GuestBase {
  /** Name of the guest on the host, at most 63 characters. */
  declare readonly name: pulumi.Output<string>;
  /** Number of virtual CPUs, 1 to 255. */
  declare readonly vcpus: pulumi.Output<number>;
  /** Memory in MiB, 16 to 4194304. */
  declare readonly memoryMiB: pulumi.Output<number>;
  /**
   * "kvm" uses hardware virtualisation. "tcg" is QEMU's emulation, 10 to 50 times slower. "auto" uses KVM if the host
   * can, else emulation.
   */
  declare readonly accelerator: pulumi.Output<"auto" | "kvm" | "tcg">;
  /**
   * Disks. The guest boots from the first one. When Pulumi deletes the guest, the disks remain. As an output: `name` of
   * each Disk.
   */
  declare readonly disks: pulumi.Output<string[]>;
  /** Network interfaces, at most 8, in the order eth0, eth1 …. A change of only `link` does not restart the guest. */
  declare readonly nics: pulumi.Output<Nic[]>;
  /** Configuration that cloud-init applies at the guest's first boot. */
  declare readonly cloudInit: pulumi.Output<CloudInit | undefined>;
  /** Boot this kernel directly, without a boot loader. */
  declare readonly kernel: pulumi.Output<Kernel | undefined>;
  /** Conditions under which the guest is ready. */
  declare readonly waitFor: pulumi.Output<WaitFor | undefined>;
  /** Time limit in seconds for a clean shutdown, 1 to 3600. After this time, systemd ends QEMU. */
  declare readonly stopWithinSeconds: pulumi.Output<number>;
  /** Whether the guest runs. */
  declare readonly running: pulumi.Output<boolean>;
  /** Start the guest when the host boots. */
  declare readonly autostart: pulumi.Output<boolean>;
  /** MAC address of each NIC, in the order of `nics`. */
  declare readonly macAddresses: pulumi.Output<string[]>;
  /** Static addresses from `cloudInit.network`, each with its prefix length. */
  declare readonly addresses: pulumi.Output<string[]>;
  /** Command that logs in to the guest as root, through the hypervisor. Only for a guest with a tap on a bridge. */
  declare readonly ssh: pulumi.Output<string>;
  /** Command that opens the serial console. Ctrl-] closes it. */
  declare readonly console: pulumi.Output<string>;
  /**
   * IPv6 link-local address of the first NIC on a tap, with the bridge as zone: `fe80::…%br0`. Only the hypervisor can
   * use it. Only for a guest with a tap on a bridge.
   */
  declare readonly linkLocal: pulumi.Output<string>;
  /** Ed25519 host key of the guest's SSH server. It is known after cloud-init has printed it on the console. */
  declare readonly hostKey: pulumi.Output<string>;

  constructor(name: string, args: GuestArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "Guest",
      name,
      { ...args, host: outputOf(args.host, "ref"), disks: outputOf(args.disks, "name") },
      {
        filled: [
          "name",
          "vcpus",
          "memoryMiB",
          "accelerator",
          "disks",
          "nics",
          "stopWithinSeconds",
          "running",
          "autostart",
          "macAddresses",
          "addresses",
          "ssh",
          "console",
          "linkLocal",
          "hostKey",
        ],
        optional: ["cloudInit", "kernel", "waitFor"],
      },
      opts,
    );
  }
}
