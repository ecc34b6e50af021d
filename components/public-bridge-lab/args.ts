import type * as pulumi from "@pulumi/pulumi";
import type { LabArgs, LabGuest } from "../lab/lab-guest";

/** Arguments of a PublicBridgeLab. Only `host`, `bridge` and `image` are required. */
export interface PublicBridgeLabArgs extends LabArgs {
  /** The PublicBridge that has the host's NIC as a port. */
  bridge: LanBridge;
  /** The guests: each by name, or their number (guest1, guest2 …). @default 1 */
  guests?: number | Record<string, PublicGuest>;
  /** A page that each guest fetches. The host and each guest ping each other in any case. */
  probe?: { url?: string /** Whether a failed probe fails the update. @default true */; required?: boolean };
}

/** The part of a PublicBridge that the lab uses. */
export interface LanBridge {
  readonly name: pulumi.Input<string>;
  /** The host's own addresses on the LAN. */
  readonly ipAddresses: pulumi.Output<string[]>;
}

/** A guest on the LAN, with static addresses or with a DHCP lease of the LAN. */
export interface PublicGuest extends LabGuest {
  /** Static addresses on the LAN, each with its prefix length. @default DHCP */
  addresses?: string[];
  /** Default gateway of the LAN. Only together with `addresses`. @default none */
  gateway?: string;
  /** DNS servers. Only together with `addresses`. @default none */
  nameservers?: string[];
}
