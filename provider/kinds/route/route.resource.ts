// Made by tools/resources.ts from the schema in route.ts: npm run docs

import type * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "../../core/host-ref";
import { type HostOrGuest, outputOf, Resource } from "../../core/resource";

/** Arguments of a Route. */
export interface RouteArgs {
  /** The machine on which the resource is created: a Host, or a Guest. */
  host: pulumi.Input<HostOrGuest>;
  /** Destination network or address, IPv4 or IPv6. "default" has the IP family of the gateway. */
  destination: pulumi.Input<string>;
  /** Address of the next hop. @default none: the destination is directly on the link of `device` */
  gateway?: pulumi.Input<string | undefined>;
  /**
   * Outgoing interface. Required without a gateway, and with a link-local gateway.
   * @default the interface that reaches the gateway
   */
  device?: pulumi.Input<string | undefined>;
  /** Metric. The kernel prefers the route with the lowest metric. @default 0 for IPv4, 1024 for IPv6 (of the kernel) */
  metric?: pulumi.Input<number | undefined>;
  /** Routing table. @default 254, the main one */
  table?: pulumi.Input<number | undefined>;
  /**
   * Source address of packets that the host itself sends over this route. It must be an address of the host.
   * @default the kernel chooses
   */
  source?: pulumi.Input<string | undefined>;
  /**
   * Treat the gateway as directly on the link of `device`, even if no address of the device is in the gateway's
   * network.
   * @default false
   */
  onlink?: pulumi.Input<boolean | undefined>;
  /** Create the route again at boot. @default true */
  persistent?: pulumi.Input<boolean | undefined>;
  /**
   * Take over an existing route with the same destination, metric and table. Pulumi then deletes it with this resource.
   * @default false
   */
  adopt?: pulumi.Input<boolean | undefined>;
}

/**
 * A route of a host. All routes of pulumi-kvm have the protocol number 201.
 * @example
 * const route = new kvm.Route("lab", { host, destination: "10.9.0.0/16", gateway: "192.168.50.2" });
 */
export class Route extends Resource {
  /** The machine on which the resource is created: a Host, or a Guest. */
  declare readonly host: pulumi.Output<HostRef>;
  /** Destination network or address, IPv4 or IPv6. "default" has the IP family of the gateway. */
  declare readonly destination: pulumi.Output<string>;
  /** Address of the next hop. */
  declare readonly gateway: pulumi.Output<string | undefined>;
  /** Outgoing interface. Required without a gateway, and with a link-local gateway. */
  declare readonly device: pulumi.Output<string | undefined>;
  /** Metric. The kernel prefers the route with the lowest metric. */
  declare readonly metric: pulumi.Output<number | undefined>;
  /** Routing table. */
  declare readonly table: pulumi.Output<number | undefined>;
  /** Source address of packets that the host itself sends over this route. It must be an address of the host. */
  declare readonly source: pulumi.Output<string | undefined>;
  /**
   * Treat the gateway as directly on the link of `device`, even if no address of the device is in the gateway's
   * network.
   */
  declare readonly onlink: pulumi.Output<boolean>;
  /** Create the route again at boot. */
  declare readonly persistent: pulumi.Output<boolean>;
  /**
   * Take over an existing route with the same destination, metric and table. Pulumi then deletes it with this resource.
   */
  declare readonly adopt: pulumi.Output<boolean | undefined>;

  constructor(name: string, args: RouteArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "Route",
      name,
      { ...args, host: outputOf(args.host, "ref") },
      { filled: ["onlink", "persistent"], optional: ["gateway", "device", "metric", "table", "source", "adopt"] },
      opts,
    );
  }
}
