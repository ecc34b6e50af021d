import type * as pulumi from "@pulumi/pulumi";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";
import { afterwards, isBridgeNetfilterOff, netfilterOff } from "./netfilter-sysctls";

/** The bridge that a NIC of the host joins. The bridge gets all settings of the NIC that no argument sets. */
export interface PublicBridgeArgs {
  /** The NIC that becomes the bridge's port. It may be the NIC of the SSH connection that Pulumi uses. */
  nic: string;
  /**
   * Interface name of the bridge, at most 15 bytes.
   * @default "br-" and the NIC's name, or a generated name if that is too long
   */
  name?: string;
  /**
   * Addresses of the bridge, IPv4 and IPv6, each with its prefix length.
   * @default the addresses in the NIC's configuration
   */
  addresses?: string[];
  /** Default gateways, at most one for each family. @default the gateways in the NIC's configuration */
  gateways?: string[];
  /** Addresses of the name servers. @default the name servers in the NIC's configuration */
  nameservers?: string[];
  /** Whether the bridge asks the LAN's DHCP server for an IPv4 address. @default as in the NIC's configuration */
  dhcp?: boolean;
  /**
   * Time limit in seconds for the confirmation of a change, 10 to 600. Without a confirmation in this time, the host
   * rolls the change back.
   * @default 120
   */
  confirmWithinSeconds?: number;
  /**
   * What to do if another machine on the LAN already has an address of the bridge. "refuse": the change fails. "ignore":
   * the host does not check this.
   * @default "refuse"
   */
  addressConflict?: "refuse" | "ignore";
  /**
   * "off": frames between the ports of a bridge do not go through the host's packet filter (br_netfilter). Set it on a
   * host with Docker, whose forward chain drops these frames. "off" creates two Sysctls as children of this resource, one
   * for IPv4 and one for IPv6. They apply to all bridges of the host. The value must be "off" itself, not an output of
   * another resource.
   * @default the setting of the host does not change
   */
  bridgeNetfilter?: "off";
  /**
   * What to do if packet filter rules (iptables or nftables) name the NIC. Packets that arrive through the bridge do not
   * match such rules. "keep": the rules do not change, and a warning lists them.
   * @default the update fails, and the error lists the rules
   */
  rulesOnNic?: "keep";
  /** Always true: the bridge is up, with the NIC as its port. False in a refresh means drift. @default true */
  up?: true;
  /**
   * Always true: the files of the NIC's network manager configure the bridge, so it exists again after a reboot. False in
   * a refresh means drift.
   * @default true
   */
  persistent?: true;
}

/**
 * A bridge on the LAN of the host itself. The host's NIC becomes a port of the bridge. The bridge gets the NIC's MAC,
 * addresses, routes and name servers, now and after a reboot. After each change, the provider confirms the change over a
 * new login. Without this confirmation, the host rolls the change back.
 * @example
 * const lan = new kvm.PublicBridge("lan", { host, nic: "eth0" });
 */
export class PublicBridge extends Resource {
  declare readonly name: pulumi.Output<string>;
  declare readonly nic: pulumi.Output<string>;
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
  constructor(name: string, args: PublicBridgeInputs & OnHost, opts?: pulumi.CustomResourceOptions) {
    const isOff = isBridgeNetfilterOff(args);
    super("PublicBridge", name, onHost(args), ["name", "macAddress", "configuredBy", "ipAddresses"], opts);
    if (isOff) this.name = afterwards(this.name, netfilterOff(name, args.host, this));
  }
}

/** Like Inputs, except for the argument that decides which resources exist. It must not be an output. */
type PublicBridgeInputs = Inputs<Omit<PublicBridgeArgs, "bridgeNetfilter">> & Pick<PublicBridgeArgs, "bridgeNetfilter">;
