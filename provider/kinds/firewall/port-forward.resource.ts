import type * as pulumi from "@pulumi/pulumi";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";
import type { FirewallBackendName } from "./backends";

/** Selects connections to the host, and the machine to which the host forwards them. */
export interface PortForwardArgs {
  /** Protocol of the connections. */
  protocol: "tcp" | "udp" | "sctp";
  /**
   * Port of the host to forward, 1 to 65535. The provider refuses a port that another forward uses. It also refuses a
   * port on which a program of the host listens, unless `inInterface` is given.
   */
  listenPort: number;
  /** Address of the host at which the connections arrive. @default any address of the host */
  listenAddress?: string;
  /** Interface on which the connections arrive. @default any */
  inInterface?: string;
  /** Target of the connections: "192.168.50.10:80" or "[fd99::10]:80". The default of the port is `listenPort`. */
  to: string;
  /**
   * The tool that creates the rules.
   * @default nftables if only nftables is installed or in use, else iptables
   */
  backend?: FirewallBackendName;
  /** Whether the host makes the rules again at boot. @default true */
  persistent?: boolean;
}

/**
 * Destination NAT: the host forwards one of its ports to a guest. The resource also accepts the forwarded packets, in both
 * directions. A PortForward does not turn IP forwarding on. Use an IpForwarding for that. Connections from the host itself
 * are not forwarded.
 * @example
 * const http = new kvm.PortForward("http", { host, protocol: "tcp", listenPort: 8080, to: "192.168.50.10:80" });
 */
export class PortForward extends Resource {
  declare readonly listenPort: pulumi.Output<number>;
  declare readonly to: pulumi.Output<string>;
  constructor(name: string, args: Inputs<PortForwardArgs> & OnHost, opts?: pulumi.CustomResourceOptions) {
    super("PortForward", name, onHost(args), [], opts);
  }
}
