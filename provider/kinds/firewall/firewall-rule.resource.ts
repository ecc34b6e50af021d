import type * as pulumi from "@pulumi/pulumi";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";
import type { FirewallBackendName } from "./backends";

/** Selects packets on the host, and says whether it accepts them. A match that is not given holds for any packet. */
export interface FirewallRuleArgs {
  /**
   * Which packets: "forward" those that pass through the host, "input" those to the host, "output" those from the host.
   */
  chain: "forward" | "input" | "output";
  /** "drop" does not answer the sender, "reject" answers "port unreachable". */
  action: "accept" | "drop" | "reject";
  /** Address family of the packets, if only one. @default the family of `source` or `destination`, else both */
  family?: "ipv4" | "ipv6";
  /** Interface by which the packets come in. Not possible with the chain "output". @default any */
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
   * The tool that holds the rule.
   * @default the tool that the host uses: iptables, unless only nftables is installed or in use
   */
  backend?: FirewallBackendName;
  /** Whether the host makes the rule again at boot. @default true */
  persistent?: boolean;
}

/**
 * A rule in the packet filter of a host. It is in a chain of pulumi-kvm's own, which packets pass before the host's own
 * rules.
 */
export class FirewallRule extends Resource {
  declare readonly chain: pulumi.Output<FirewallRuleArgs["chain"]>;
  declare readonly action: pulumi.Output<FirewallRuleArgs["action"]>;
  constructor(name: string, args: Inputs<FirewallRuleArgs> & OnHost, opts?: pulumi.CustomResourceOptions) {
    super("FirewallRule", name, onHost(args), [], opts);
  }
}
