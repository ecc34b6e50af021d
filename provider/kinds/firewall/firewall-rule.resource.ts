import type * as pulumi from "@pulumi/pulumi";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";
import type { FirewallBackendName } from "./backends";

/** Selects packets on the host, and says whether it accepts them. A match that is not given matches any packet. */
export interface FirewallRuleArgs {
  /**
   * The packets that the rule applies to. "forward": packets that the host forwards. "input": packets to the host.
   * "output": packets from the host.
   */
  chain: "forward" | "input" | "output";
  /** What happens to the packets. "drop" sends no answer. "reject" answers "port unreachable". */
  action: "accept" | "drop" | "reject";
  /** Address family of the packets. @default the family of `source` or `destination`, else both */
  family?: "ipv4" | "ipv6";
  /** Interface on which the packets arrive. Not possible with the chain "output". @default any */
  inInterface?: string;
  /** Interface through which the packets leave. Not possible with the chain "input". @default any */
  outInterface?: string;
  /** Source network or address of the packets. @default any */
  source?: string;
  /** Destination network or address of the packets. @default any */
  destination?: string;
  /** Protocol of the packets. "icmp" means ICMPv6 for IPv6. @default any */
  protocol?: "tcp" | "udp" | "sctp" | "icmp" | "gre" | "esp" | "ah" | "ospf" | "vrrp";
  /**
   * Source ports: numbers like 53, or ranges like "1000-2000". At most 15, and a range counts as two. The protocol must
   * be tcp, udp or sctp.
   * @default any
   */
  sourcePorts?: (number | string)[];
  /** Destination ports, in the same form as `sourcePorts`. @default any */
  destinationPorts?: (number | string)[];
  /** States of the packet in connection tracking. @default any */
  states?: ("new" | "established" | "related" | "invalid" | "untracked")[];
  /**
   * Order among the rules of pulumi-kvm on the host, 1 to 999. The lowest comes first, and the first rule that matches
   * decides. Rules with the same order are sorted by name.
   * @default 400 for accept, 600 for drop and reject
   */
  order?: number;
  /**
   * The tool that creates the rule.
   * @default nftables if only nftables is installed or in use, else iptables
   */
  backend?: FirewallBackendName;
  /** Whether the host makes the rule again at boot. @default true */
  persistent?: boolean;
}

/**
 * A rule in the packet filter of a host. pulumi-kvm puts its rules into its own chains. Packets go through these chains
 * first, and then through the other rules of the host.
 */
export class FirewallRule extends Resource {
  declare readonly chain: pulumi.Output<FirewallRuleArgs["chain"]>;
  declare readonly action: pulumi.Output<FirewallRuleArgs["action"]>;
  constructor(name: string, args: Inputs<FirewallRuleArgs> & OnHost, opts?: pulumi.CustomResourceOptions) {
    super("FirewallRule", name, onHost(args), [], opts);
  }
}
