// Made by tools/resources.ts from the schema in port-forward.ts: npm run docs

import type * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "../../core/host-ref";
import { type HostOrGuest, outputOf, Resource } from "../../core/resource";

/** Selects connections to the host, and the machine to which the host forwards them. */
export interface PortForwardArgs {
  /** The machine on which the resource is created: a Host, or a Guest. */
  host: pulumi.Input<HostOrGuest>;
  /** Protocol of the connections. */
  protocol: pulumi.Input<"tcp" | "udp" | "sctp">;
  /**
   * Port of the host to forward, 1 to 65535. The provider refuses a port that another forward uses. It also refuses a
   * port on which a program of the host listens, unless `inInterface` is given.
   */
  listenPort: pulumi.Input<number>;
  /** Target of the connections: "192.168.50.10:80" or "[fd99::10]:80". The default of the port is `listenPort`. */
  to: pulumi.Input<string>;
  /** Address of the host at which the connections arrive. @default any address of the host */
  listenAddress?: pulumi.Input<string | undefined>;
  /** Interface on which the connections arrive. @default any */
  inInterface?: pulumi.Input<string | undefined>;
  /** The tool that creates the rules. @default nftables if only nftables is installed or in use, else iptables */
  backend?: pulumi.Input<"iptables" | "nftables" | undefined>;
  /** Whether the host makes the rules again at boot. @default true */
  persistent?: pulumi.Input<boolean | undefined>;
}

/**
 * Destination NAT: the host forwards one of its ports to a guest. The resource also accepts the forwarded packets, in
 * both directions. A PortForward does not turn IP forwarding on. Use an IpForwarding for that. Connections from the
 * host itself are not forwarded.
 * @example
 * const http = new kvm.PortForward("http", { host, protocol: "tcp", listenPort: 8080, to: "192.168.50.10:80" });
 */
export class PortForward extends Resource {
  /** The machine on which the resource is created: a Host, or a Guest. */
  declare readonly host: pulumi.Output<HostRef>;
  /** Protocol of the connections. */
  declare readonly protocol: pulumi.Output<"tcp" | "udp" | "sctp">;
  /**
   * Port of the host to forward, 1 to 65535. The provider refuses a port that another forward uses. It also refuses a
   * port on which a program of the host listens, unless `inInterface` is given.
   */
  declare readonly listenPort: pulumi.Output<number>;
  /** Target of the connections: "192.168.50.10:80" or "[fd99::10]:80". The default of the port is `listenPort`. */
  declare readonly to: pulumi.Output<string>;
  /** Address of the host at which the connections arrive. */
  declare readonly listenAddress: pulumi.Output<string | undefined>;
  /** Interface on which the connections arrive. */
  declare readonly inInterface: pulumi.Output<string | undefined>;
  /** The tool that creates the rules. */
  declare readonly backend: pulumi.Output<"iptables" | "nftables" | undefined>;
  /** Whether the host makes the rules again at boot. */
  declare readonly persistent: pulumi.Output<boolean>;

  constructor(name: string, args: PortForwardArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "PortForward",
      name,
      { ...args, host: outputOf(args.host, "ref") },
      { filled: ["persistent"], optional: ["listenAddress", "inInterface", "backend"] },
      opts,
    );
  }
}
