import type * as pulumi from "@pulumi/pulumi";
import type { PublicBridge } from "../../provider/kinds/public-bridge/public-bridge.resource";
import type { LabArgs, LabGuestArgs, LabProbeArgs } from "../lab/lab-args";

/** Arguments of a PublicBridgeLab. Only `host`, `bridge` and `image` are required. */
export interface PublicBridgeLabArgs extends LabArgs {
  /** The PublicBridge that has the host's NIC as a port. */
  bridge: pulumi.Input<PublicBridge>;
  /**
   * The guests: each by name, or their number (guest1, guest2 …). The names and the number must be plain values, not
   * outputs of another resource.
   * @default 1
   */
  guests?: number | Record<string, PublicBridgeLabGuestArgs>;
  /** A page that each guest fetches. The host and each guest ping each other in any case. @default no page */
  probe?: LabProbeArgs;
}

/** A guest on the LAN, with static addresses or with a DHCP lease of the LAN. */
export interface PublicBridgeLabGuestArgs extends LabGuestArgs {
  /**
   * Static addresses on the LAN, each with its prefix length. If they are an output of another resource, it must have a
   * value.
   * @default DHCP
   */
  addresses?: pulumi.Input<pulumi.Input<string>[]>;
  /** Default gateway of the LAN. Only together with `addresses`. @default none */
  gateway?: pulumi.Input<string | undefined>;
  /** DNS servers. Only together with `addresses`. @default none */
  nameservers?: pulumi.Input<pulumi.Input<string>[] | undefined>;
}
