import type * as pulumi from "@pulumi/pulumi";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";

/** Arguments of a Bridge. */
export interface BridgeArgs {
  /** Interface name, at most 15 bytes. @default derived from the stack and the resource's name */
  name?: string;
  /** The host's own addresses on the bridge, IPv4 and IPv6, each with its prefix length. @default none */
  addresses?: string[];
  /** MTU in bytes, 68 to 65521. @default 1500, the default of the kernel */
  mtu?: number;
  /** Spanning tree protocol (802.1D). With STP, a port forwards only 30 s after it comes up. @default false */
  stp?: boolean;
  /**
   * MAC address. The provider always sets it. Without it, the kernel would use the lowest MAC of the ports.
   * @default derived from the stack and the resource's name
   */
  macAddress?: string;
  /** Whether the bridge is up (`ip link set up`). @default true */
  up?: boolean;
  /** Create the bridge again at boot. @default true */
  persistent?: boolean;
  /** Take over an existing bridge with this name. Pulumi then deletes it with this resource. @default false */
  adopt?: boolean;
}

/** A bridge on a host: a virtual switch. Its ports are taps and NICs. */
export class Bridge extends Resource {
  declare readonly name: pulumi.Output<string>;
  declare readonly addresses: pulumi.Output<string[]>;
  declare readonly mtu: pulumi.Output<number | undefined>;
  declare readonly macAddress: pulumi.Output<string>;
  constructor(name: string, args: Inputs<BridgeArgs> & OnHost, opts?: pulumi.CustomResourceOptions) {
    super("Bridge", name, onHost(args), ["name", "macAddress"], opts);
  }
}
