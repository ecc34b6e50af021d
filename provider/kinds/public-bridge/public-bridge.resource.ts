// Made by tools/resources.ts from the schema in public-bridge.ts: npm run docs

import type * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "../../core/host-ref";
import { type HostOrGuest, outputOf } from "../../core/resource";
import { PublicBridgeBase } from "./public-bridge.base";

/** The bridge that a NIC of the host joins. The bridge gets all settings of the NIC that no argument sets. */
export interface PublicBridgeArgs {
  /** The machine on which the resource is created: a Host, or a Guest. */
  host: pulumi.Input<HostOrGuest>;
  /** The NIC that becomes the bridge's port. It may be the NIC of the SSH connection that Pulumi uses. */
  nic: pulumi.Input<string>;
  /**
   * Interface name of the bridge, at most 15 bytes.
   * @default "br-" and the NIC's name, or a generated name if that is too long
   */
  name?: pulumi.Input<string | undefined>;
  /**
   * Addresses of the bridge, IPv4 and IPv6, each with its prefix length.
   * @default the addresses in the NIC's configuration
   */
  addresses?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** Default gateways, at most one for each family. @default the gateways in the NIC's configuration */
  gateways?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** Addresses of the name servers. @default the name servers in the NIC's configuration */
  nameservers?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** Whether the bridge asks the LAN's DHCP server for an IPv4 address. @default as in the NIC's configuration */
  dhcp?: pulumi.Input<boolean | undefined>;
  /**
   * Time limit in seconds for the confirmation of a change, 10 to 600. Without a confirmation in this time, the host
   * rolls the change back.
   * @default 120
   */
  confirmWithinSeconds?: pulumi.Input<number | undefined>;
  /**
   * What to do if another machine on the LAN already has an address of the bridge. "refuse": the change fails.
   * "ignore": the host does not check this.
   * @default "refuse"
   */
  addressConflict?: pulumi.Input<"refuse" | "ignore" | undefined>;
  /**
   * "off": frames between the ports of a bridge do not go through the host's packet filter (br_netfilter). Set it on a
   * host with Docker, whose forward chain drops these frames. "off" creates two Sysctls as children of this resource,
   * one for IPv4 and one for IPv6. They apply to all bridges of the host. The value must be "off" itself, not an output
   * of another resource.
   * @default the setting of the host does not change
   */
  bridgeNetfilter?: "off";
  /**
   * What to do if packet filter rules (iptables or nftables) name the NIC. Packets that arrive through the bridge do
   * not match such rules. "keep": the rules do not change, and a warning lists them.
   * @default the update fails, and the error lists the rules
   */
  rulesOnNic?: pulumi.Input<"keep" | undefined>;
  /** Always true: the bridge is up, with the NIC as its port. False in a refresh means drift. @default true */
  up?: pulumi.Input<true | undefined>;
  /**
   * Always true: the files of the NIC's network manager configure the bridge, so it exists again after a reboot. False
   * in a refresh means drift.
   * @default true
   */
  persistent?: pulumi.Input<true | undefined>;
}

/**
 * A bridge on the LAN of the host itself. The host's NIC becomes a port of the bridge. The bridge gets the NIC's MAC,
 * addresses, routes and name servers, now and after a reboot. After each change, the provider confirms the change over
 * a new login. Without this confirmation, the host rolls the change back.
 * @example
 * const lan = new kvm.PublicBridge("lan", { host, nic: "eth0" });
 */
export class PublicBridge extends PublicBridgeBase {
  /** The machine on which the resource is created: a Host, or a Guest. */
  declare readonly host: pulumi.Output<HostRef>;
  /** The NIC that becomes the bridge's port. It may be the NIC of the SSH connection that Pulumi uses. */
  declare readonly nic: pulumi.Output<string>;
  /** Interface name of the bridge, at most 15 bytes. */
  declare readonly name: pulumi.Output<string>;
  /** Addresses of the bridge, IPv4 and IPv6, each with its prefix length. */
  declare readonly addresses: pulumi.Output<string[] | undefined>;
  /** Default gateways, at most one for each family. */
  declare readonly gateways: pulumi.Output<string[] | undefined>;
  /** Addresses of the name servers. */
  declare readonly nameservers: pulumi.Output<string[] | undefined>;
  /** Whether the bridge asks the LAN's DHCP server for an IPv4 address. */
  declare readonly dhcp: pulumi.Output<boolean | undefined>;
  /**
   * Time limit in seconds for the confirmation of a change, 10 to 600. Without a confirmation in this time, the host
   * rolls the change back.
   */
  declare readonly confirmWithinSeconds: pulumi.Output<number>;
  /**
   * What to do if another machine on the LAN already has an address of the bridge. "refuse": the change fails.
   * "ignore": the host does not check this.
   */
  declare readonly addressConflict: pulumi.Output<"refuse" | "ignore">;
  /**
   * "off": frames between the ports of a bridge do not go through the host's packet filter (br_netfilter). Set it on a
   * host with Docker, whose forward chain drops these frames. "off" creates two Sysctls as children of this resource,
   * one for IPv4 and one for IPv6. They apply to all bridges of the host. The value must be "off" itself, not an output
   * of another resource.
   */
  declare readonly bridgeNetfilter: pulumi.Output<"off" | undefined>;
  /**
   * What to do if packet filter rules (iptables or nftables) name the NIC. Packets that arrive through the bridge do
   * not match such rules. "keep": the rules do not change, and a warning lists them.
   */
  declare readonly rulesOnNic: pulumi.Output<"keep" | undefined>;
  /** Always true: the bridge is up, with the NIC as its port. False in a refresh means drift. */
  declare readonly up: pulumi.Output<true>;
  /**
   * Always true: the files of the NIC's network manager configure the bridge, so it exists again after a reboot. False
   * in a refresh means drift.
   */
  declare readonly persistent: pulumi.Output<true>;
  /** MAC address of the bridge. It is the NIC's MAC, so neighbours and the DHCP server see the same MAC as before. */
  declare readonly macAddress: pulumi.Output<string>;
  /**
   * The network manager whose files configure the bridge: "ifupdown", "networkd", "netplan", "NetworkManager", "ifcfg"
   * or "wicked".
   */
  declare readonly configuredBy: pulumi.Output<string>;
  /**
   * The addresses of the bridge with their prefix lengths: fixed ones, and those from DHCP or router advertisements.
   */
  declare readonly ipAddresses: pulumi.Output<string[]>;

  constructor(name: string, args: PublicBridgeArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "PublicBridge",
      name,
      { ...args, host: outputOf(args.host, "ref") },
      {
        filled: [
          "name",
          "confirmWithinSeconds",
          "addressConflict",
          "up",
          "persistent",
          "macAddress",
          "configuredBy",
          "ipAddresses",
        ],
        optional: ["addresses", "gateways", "nameservers", "dhcp", "bridgeNetfilter", "rulesOnNic"],
      },
      opts,
    );
  }
}
