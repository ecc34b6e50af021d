import type * as pulumi from "@pulumi/pulumi";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";

/** Arguments of a Route. */
export interface RouteArgs {
  /** Destination network or address, IPv4 or IPv6. "default" has the IP family of the gateway. */
  destination: string;
  /** Address of the next hop. @default none: the destination is directly on the link of `device` */
  gateway?: string;
  /**
   * Outgoing interface. Required without a gateway, and with a link-local gateway.
   * @default the interface that reaches the gateway
   */
  device?: string;
  /** Metric. The kernel prefers the route with the lowest metric. @default 0 for IPv4, 1024 for IPv6 (of the kernel) */
  metric?: number;
  /** Routing table. @default 254, the main one */
  table?: number;
  /**
   * Source address of packets that the host itself sends over this route. It must be an address of the host.
   * @default the kernel chooses
   */
  source?: string;
  /**
   * Treat the gateway as directly on the link of `device`, even if no address of the device is in the gateway's network.
   * @default false
   */
  onlink?: boolean;
  /** Create the route again at boot. @default true */
  persistent?: boolean;
  /**
   * Take over an existing route with the same destination, metric and table. Pulumi then deletes it with this resource.
   * @default false
   */
  adopt?: boolean;
}

/**
 * A route of a host. All routes of pulumi-kvm have the protocol number 201.
 * @example
 * const route = new kvm.Route("lab", { host, destination: "10.9.0.0/16", gateway: "192.168.50.2" });
 */
export class Route extends Resource {
  declare readonly destination: pulumi.Output<string>;
  declare readonly gateway: pulumi.Output<string | undefined>;
  declare readonly device: pulumi.Output<string | undefined>;
  constructor(name: string, args: Inputs<RouteArgs> & OnHost, opts?: pulumi.CustomResourceOptions) {
    super("Route", name, onHost(args), [], opts);
  }
}
