import * as pulumi from "@pulumi/pulumi";
import { type HasRef, type Inputs, type OnHost, onHost, Resource } from "../../core/resource";
import { Host } from "../host/host.resource";
import type { Disk } from "./disk.resource";
import type { CloudInit, Kernel, Nic, WaitFor } from "./guest-parts";

/** Arguments of a Guest. */
export interface GuestArgs {
  /** Name of the guest on the host, at most 63 characters. @default derived from the stack and the resource's name */
  name?: string;
  /** Number of virtual CPUs, 1 to 255. @default 1 */
  vcpus?: number;
  /** Memory in MiB, 16 to 4194304. @default 512 */
  memoryMiB?: number;
  /**
   * "kvm" uses hardware virtualisation. "tcg" is QEMU's emulation, 10 to 50 times slower. "auto" uses KVM if the host
   * can, else emulation.
   * @default "kvm"
   */
  accelerator?: "auto" | "kvm" | "tcg";
  /** Disks. The guest boots from the first one. When Pulumi deletes the guest, the disks remain. @default none */
  disks?: Disk[];
  /**
   * Network interfaces, at most 8, in the order eth0, eth1 …. A change of only `link` does not restart the guest.
   * @default none
   */
  nics?: Nic[];
  /** Configuration that cloud-init applies at the guest's first boot. @default no configuration */
  cloudInit?: CloudInit;
  /** Boot this kernel directly, without a boot loader. @default none: the guest boots from its first disk */
  kernel?: Kernel;
  /** Conditions under which the guest is ready. @default none: the guest is ready when QEMU runs */
  waitFor?: WaitFor;
  /** Time limit in seconds for a clean shutdown, 1 to 3600. After this time, systemd ends QEMU. @default 90 */
  stopWithinSeconds?: number;
  /** Whether the guest runs. @default true */
  running?: boolean;
  /** Start the guest when the host boots. @default true */
  autostart?: boolean;
}

/** A virtual machine on a host. */
export class Guest extends Resource implements HasRef {
  declare readonly name: pulumi.Output<string>;
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
  declare readonly disks: pulumi.Output<string[]>;
  readonly #name: string;
  readonly #carrier: HasRef;
  #host: Host | undefined;

  constructor(
    name: string,
    args: Inputs<Omit<GuestArgs, "disks">> & { disks?: Disk[] } & OnHost,
    opts?: pulumi.CustomResourceOptions,
  ) {
    const { disks, cloudInit, ...rest } = args;
    const props = {
      ...onHost(rest),
      cloudInit: withSecret(cloudInit),
      ...(disks && { disks: disks.map((disk) => disk.name) }),
    };
    const outputs = ["name", "disks", "macAddresses", "addresses", "ssh", "console", "linkLocal", "hostKey"];
    super("Guest", name, props, outputs, opts);
    this.#name = name;
    this.#carrier = args.host;
  }

  /**
   * The guest as a Host, for resources inside the guest. These resources are on the guest's first disk. If the guest gets
   * a new first disk, Pulumi creates them again. If Pulumi deletes the guest, they are deleted with it.
   */
  get host(): Host {
    this.#host ??= new Host(
      `${this.#name}-host`,
      {
        name: this.#name,
        address: this.linkLocal,
        user: "root",
        hostKey: this.hostKey,
        carrier: { host: this.#carrier.ref, guest: this.name, disk: this.disks.apply((disks) => disks?.[0] ?? "") },
      },
      { parent: this, deletedWith: this },
    );
    return this.#host;
  }

  set host(_carrier: unknown) {
    // The SDK sets each argument as a property. The argument `host` is the hypervisor, but this property is the guest
    // itself.
  }

  get ref(): HasRef["ref"] {
    return this.host.ref;
  }
}

/**
 * userData and networkConfig may hold a password. So the state encrypts them, whether or not the program marks them as
 * secret.
 */
function withSecret(cloudInit: pulumi.Input<Inputs<CloudInit> | undefined>): typeof cloudInit {
  if (cloudInit === undefined) return undefined;
  if (pulumi.Output.isInstance(cloudInit) || cloudInit instanceof Promise) return pulumi.secret(cloudInit);
  const { userData, networkConfig } = cloudInit;
  return {
    ...cloudInit,
    ...(userData !== undefined && { userData: pulumi.secret(userData) }),
    ...(networkConfig !== undefined && { networkConfig: pulumi.secret(networkConfig) }),
  };
}
