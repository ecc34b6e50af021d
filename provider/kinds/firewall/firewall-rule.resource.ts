// Made by tools/resources.ts from the schema in firewall-rule.ts: npm run docs

import type * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "../../core/host-ref";
import { type HostOrGuest, outputOf, Resource } from "../../core/resource";

/** Selects packets on the host, and says whether it accepts them. A match that is not given matches any packet. */
export interface FirewallRuleArgs {
  /** The machine on which the resource is created: a Host, or a Guest. */
  host: pulumi.Input<HostOrGuest>;
  /**
   * The packets that the rule applies to. "forward": packets that the host forwards. "input": packets to the host.
   * "output": packets from the host.
   */
  chain: pulumi.Input<"forward" | "input" | "output">;
  /** What happens to the packets. "drop" sends no answer. "reject" answers "port unreachable". */
  action: pulumi.Input<"accept" | "drop" | "reject">;
  /** Address family of the packets. @default the family of `source` or `destination`, else both */
  family?: pulumi.Input<"ipv4" | "ipv6" | undefined>;
  /** Interface on which the packets arrive. Not possible with the chain "output". @default any */
  inInterface?: pulumi.Input<string | undefined>;
  /** Interface through which the packets leave. Not possible with the chain "input". @default any */
  outInterface?: pulumi.Input<string | undefined>;
  /** Source network or address of the packets. @default any */
  source?: pulumi.Input<string | undefined>;
  /** Destination network or address of the packets. @default any */
  destination?: pulumi.Input<string | undefined>;
  /** Protocol of the packets. "icmp" means ICMPv6 for IPv6. @default any */
  protocol?: pulumi.Input<"tcp" | "udp" | "sctp" | "icmp" | "gre" | "esp" | "ah" | "ospf" | "vrrp" | undefined>;
  /**
   * Source ports: numbers like 53, or ranges like "1000-2000". At most 15, and a range counts as two. The protocol must
   * be tcp, udp or sctp.
   * @default any
   */
  sourcePorts?: pulumi.Input<pulumi.Input<number | string>[] | undefined>;
  /** Destination ports, in the same form as `sourcePorts`. @default any */
  destinationPorts?: pulumi.Input<pulumi.Input<number | string>[] | undefined>;
  /** States of the packet in connection tracking. @default any */
  states?: pulumi.Input<pulumi.Input<"new" | "established" | "related" | "invalid" | "untracked">[] | undefined>;
  /**
   * Order among the rules of pulumi-kvm on the host, 1 to 999. The lowest comes first, and the first rule that matches
   * decides. Rules with the same order are sorted by name.
   * @default 400 for accept, 600 for drop and reject
   */
  order?: pulumi.Input<number | undefined>;
  /** The tool that creates the rules. @default nftables if only nftables is installed or in use, else iptables */
  backend?: pulumi.Input<"iptables" | "nftables" | undefined>;
  /** Whether the host makes the rules again at boot. @default true */
  persistent?: pulumi.Input<boolean | undefined>;
}

/**
 * A rule in the packet filter of a host. pulumi-kvm puts its rules into its own chains. Packets go through these chains
 * first, and then through the other rules of the host.
 * @example
 * const out = new kvm.FirewallRule("out", { host, chain: "forward", inInterface: "br0", action: "accept" });
 */
export class FirewallRule extends Resource {
  /** The machine on which the resource is created: a Host, or a Guest. */
  declare readonly host: pulumi.Output<HostRef>;
  /**
   * The packets that the rule applies to. "forward": packets that the host forwards. "input": packets to the host.
   * "output": packets from the host.
   */
  declare readonly chain: pulumi.Output<"forward" | "input" | "output">;
  /** What happens to the packets. "drop" sends no answer. "reject" answers "port unreachable". */
  declare readonly action: pulumi.Output<"accept" | "drop" | "reject">;
  /** Address family of the packets. */
  declare readonly family: pulumi.Output<"ipv4" | "ipv6" | undefined>;
  /** Interface on which the packets arrive. Not possible with the chain "output". */
  declare readonly inInterface: pulumi.Output<string | undefined>;
  /** Interface through which the packets leave. Not possible with the chain "input". */
  declare readonly outInterface: pulumi.Output<string | undefined>;
  /** Source network or address of the packets. */
  declare readonly source: pulumi.Output<string | undefined>;
  /** Destination network or address of the packets. */
  declare readonly destination: pulumi.Output<string | undefined>;
  /** Protocol of the packets. "icmp" means ICMPv6 for IPv6. */
  declare readonly protocol: pulumi.Output<
    "tcp" | "udp" | "sctp" | "icmp" | "gre" | "esp" | "ah" | "ospf" | "vrrp" | undefined
  >;
  /**
   * Source ports: numbers like 53, or ranges like "1000-2000". At most 15, and a range counts as two. The protocol must
   * be tcp, udp or sctp.
   */
  declare readonly sourcePorts: pulumi.Output<(number | string)[] | undefined>;
  /** Destination ports, in the same form as `sourcePorts`. */
  declare readonly destinationPorts: pulumi.Output<(number | string)[] | undefined>;
  /** States of the packet in connection tracking. */
  declare readonly states: pulumi.Output<("new" | "established" | "related" | "invalid" | "untracked")[] | undefined>;
  /**
   * Order among the rules of pulumi-kvm on the host, 1 to 999. The lowest comes first, and the first rule that matches
   * decides. Rules with the same order are sorted by name.
   */
  declare readonly order: pulumi.Output<number | undefined>;
  /** The tool that creates the rules. */
  declare readonly backend: pulumi.Output<"iptables" | "nftables" | undefined>;
  /** Whether the host makes the rules again at boot. */
  declare readonly persistent: pulumi.Output<boolean>;

  constructor(name: string, args: FirewallRuleArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "FirewallRule",
      name,
      { ...args, host: outputOf(args.host, "ref") },
      {
        filled: ["persistent"],
        optional: [
          "family",
          "inInterface",
          "outInterface",
          "source",
          "destination",
          "protocol",
          "sourcePorts",
          "destinationPorts",
          "states",
          "order",
          "backend",
        ],
      },
      opts,
    );
  }
}
