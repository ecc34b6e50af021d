import type * as pulumi from "@pulumi/pulumi";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";
import type { FirewallBackendName } from "./backends";

/** Selects the packets that leave the host with the host's own address as their source. */
export interface MasqueradeArgs {
  /** Source network or address of the packets. @default any source. `outInterface` is then required */
  source?: string;
  /**
   * Destination network or address of the packets.
   * @default any destination. Without `outInterface`: any destination outside the source network
   */
  destination?: string;
  /** Interface through which the packets leave. @default any interface. `source` is then required */
  outInterface?: string;
  /**
   * Address family of the packets. One Masquerade has only one family.
   * @default the family of `source` or `destination`, else "ipv4"
   */
  family?: "ipv4" | "ipv6";
  /**
   * The tool that creates the rule.
   * @default nftables if only nftables is installed or in use, else iptables
   */
  backend?: FirewallBackendName;
  /** Whether the host makes the rule again at boot. @default true */
  persistent?: boolean;
}

/**
 * Source NAT: packets get the address of the interface through which they leave. A Masquerade does not turn IP forwarding
 * on. Use an IpForwarding for that.
 */
export class Masquerade extends Resource {
  declare readonly source: pulumi.Output<string | undefined>;
  declare readonly outInterface: pulumi.Output<string | undefined>;
  constructor(name: string, args: Inputs<MasqueradeArgs> & OnHost, opts?: pulumi.CustomResourceOptions) {
    super("Masquerade", name, onHost(args), [], opts);
  }
}
