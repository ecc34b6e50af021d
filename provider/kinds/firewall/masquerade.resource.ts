// Made by tools/resources.ts from the schema in masquerade.ts: npm run docs

import type * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "../../core/host-ref";
import { type HostOrGuest, outputOf, Resource } from "../../core/resource";

/** Selects the packets that leave the host with the host's own address as their source. */
export interface MasqueradeArgs {
  /** The machine on which the resource is created: a Host, or a Guest. */
  host: pulumi.Input<HostOrGuest>;
  /** Source network or address of the packets. @default any source. `outInterface` is then required */
  source?: pulumi.Input<string | undefined>;
  /**
   * Destination network or address of the packets.
   * @default any destination. Without `outInterface`: any destination outside the source network
   */
  destination?: pulumi.Input<string | undefined>;
  /** Interface through which the packets leave. @default any interface. `source` is then required */
  outInterface?: pulumi.Input<string | undefined>;
  /**
   * Address family of the packets. One Masquerade has only one family.
   * @default the family of `source` or `destination`, else "ipv4"
   */
  family?: pulumi.Input<"ipv4" | "ipv6" | undefined>;
  /** The tool that creates the rules. @default nftables if only nftables is installed or in use, else iptables */
  backend?: pulumi.Input<"iptables" | "nftables" | undefined>;
  /** Whether the host makes the rules again at boot. @default true */
  persistent?: pulumi.Input<boolean | undefined>;
}

/**
 * Source NAT: packets get the address of the interface through which they leave. A Masquerade does not turn IP
 * forwarding on. Use an IpForwarding for that.
 * @example
 * const nat = new kvm.Masquerade("nat", { host, source: "192.168.50.0/24", outInterface: "eth0" });
 */
export class Masquerade extends Resource {
  /** The machine on which the resource is created: a Host, or a Guest. */
  declare readonly host: pulumi.Output<HostRef>;
  /** Source network or address of the packets. */
  declare readonly source: pulumi.Output<string | undefined>;
  /** Destination network or address of the packets. */
  declare readonly destination: pulumi.Output<string | undefined>;
  /** Interface through which the packets leave. */
  declare readonly outInterface: pulumi.Output<string | undefined>;
  /** Address family of the packets. One Masquerade has only one family. */
  declare readonly family: pulumi.Output<"ipv4" | "ipv6" | undefined>;
  /** The tool that creates the rules. */
  declare readonly backend: pulumi.Output<"iptables" | "nftables" | undefined>;
  /** Whether the host makes the rules again at boot. */
  declare readonly persistent: pulumi.Output<boolean>;

  constructor(name: string, args: MasqueradeArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "Masquerade",
      name,
      { ...args, host: outputOf(args.host, "ref") },
      { filled: ["persistent"], optional: ["source", "destination", "outInterface", "family", "backend"] },
      opts,
    );
  }
}
