import type * as pulumi from "@pulumi/pulumi";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";

/** Arguments of a Route. */
export interface RouteArgs {
  /** Destination network or address, IPv4 or IPv6. "default" has the IP family of the gateway. */
  destination: string;
  /** Address of the next hop. @default none: the destination is directly on the device's link */
  gateway?: string;
  /**
   * Outgoing interface. Required without a gateway, and with a link-local gateway.
   * @default the interface of the gateway
   */
  device?: string;
  /** Metric. The kernel prefers the route with the lowest one. @default the kernel's: 0 for IPv4, 1024 for IPv6 */
  metric?: number;
  /** Routing table. @default 254, the main one */
  table?: number;
  /**
   * Source address of packets that the host itself sends over this route. It is an address of the host.
   * @default the kernel chooses
   */
  source?: string;
  /**
   * Treat the gateway as directly on the device's link, although no address there has it in its network.
   * @default false
   */
  onlink?: boolean;
  /** Create the route again at boot. @default true */
  persistent?: boolean;
  /**
   * Take over an existing route with the same destination, metric and table. The route is then deleted with this
   * resource.
   * @default false
   */
  adopt?: boolean;
}

/**
 * A route of a host. The protocol number 201 marks it as ours.
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
