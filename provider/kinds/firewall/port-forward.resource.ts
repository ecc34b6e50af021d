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
  /** Interface by which the connections come in. @default any */
  inInterface?: string;
  /** Target of the connections: "192.168.50.10:80" or "[fd99::10]:80". Without a port, the port stays the same. */
  to: string;
  /**
   * The tool that holds the rules.
   * @default the tool that the host uses: iptables, unless only nftables is installed or in use
   */
  backend?: FirewallBackendName;
  /** Whether the host makes the rules again at boot. @default true */
  persistent?: boolean;
}

/**
 * Destination NAT: a port of the host that leads to a guest. The resource also accepts the forwarded packets, in both
 * directions. IP forwarding is a resource of its own (IpForwarding). Connections that the host itself makes are not
 * forwarded.
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
