// Made by tools/resources.ts from the schema in bridge.ts: npm run docs

import type * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "../../core/host-ref";
import { type HostOrGuest, outputOf, Resource } from "../../core/resource";

/** Arguments of a Bridge. */
export interface BridgeArgs {
  /** The machine on which the resource is created: a Host, or a Guest. */
  host: pulumi.Input<HostOrGuest>;
  /** Interface name, at most 15 bytes. @default derived from the stack and the resource's name */
  name?: pulumi.Input<string | undefined>;
  /** The host's own addresses on the bridge, IPv4 and IPv6, each with its prefix length. @default none */
  addresses?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** MTU in bytes, 68 to 65521. @default 1500, the default of the kernel */
  mtu?: pulumi.Input<number | undefined>;
  /** Spanning tree protocol (802.1D). With STP, a port forwards only 30 s after it comes up. @default false */
  stp?: pulumi.Input<boolean | undefined>;
  /**
   * MAC address. The provider always sets it. Without it, the kernel would use the lowest MAC of the ports.
   * @default derived from the stack and the resource's name
   */
  macAddress?: pulumi.Input<string | undefined>;
  /** Whether the bridge is up (`ip link set up`). @default true */
  up?: pulumi.Input<boolean | undefined>;
  /** Create the bridge again at boot. @default true */
  persistent?: pulumi.Input<boolean | undefined>;
  /** Take over an existing bridge with this name. Pulumi then deletes it with this resource. @default false */
  adopt?: pulumi.Input<boolean | undefined>;
}

/**
 * A bridge on a host: a virtual switch. Its ports are taps and NICs.
 * @example
 * const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.50.1/24"] });
 */
export class Bridge extends Resource {
  /** The machine on which the resource is created: a Host, or a Guest. */
  declare readonly host: pulumi.Output<HostRef>;
  /** Interface name, at most 15 bytes. */
  declare readonly name: pulumi.Output<string>;
  /** The host's own addresses on the bridge, IPv4 and IPv6, each with its prefix length. */
  declare readonly addresses: pulumi.Output<string[]>;
  /** MTU in bytes, 68 to 65521. */
  declare readonly mtu: pulumi.Output<number | undefined>;
  /** Spanning tree protocol (802.1D). With STP, a port forwards only 30 s after it comes up. */
  declare readonly stp: pulumi.Output<boolean>;
  /** MAC address. The provider always sets it. Without it, the kernel would use the lowest MAC of the ports. */
  declare readonly macAddress: pulumi.Output<string>;
  /** Whether the bridge is up (`ip link set up`). */
  declare readonly up: pulumi.Output<boolean>;
  /** Create the bridge again at boot. */
  declare readonly persistent: pulumi.Output<boolean>;
  /** Take over an existing bridge with this name. Pulumi then deletes it with this resource. */
  declare readonly adopt: pulumi.Output<boolean | undefined>;

  constructor(name: string, args: BridgeArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "Bridge",
      name,
      { ...args, host: outputOf(args.host, "ref") },
      { filled: ["name", "addresses", "stp", "macAddress", "up", "persistent"], optional: ["mtu", "adopt"] },
      opts,
    );
  }
}
