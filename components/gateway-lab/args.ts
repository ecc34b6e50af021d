import type * as pulumi from "@pulumi/pulumi";
import type { HostForwardArgs } from "../../provider/kinds/guest/guest.resource";
import type { LabArgs, LabGuestArgs, LabProbeArgs } from "../lab/lab-args";

/** Arguments of a GatewayLab. Only `host` and `image` are required. */
export interface GatewayLabArgs extends LabArgs {
  /** CIDR of the private network. The first address is the default for the gateway. @default "192.168.50.0/24" */
  cidr?: pulumi.Input<string | undefined>;
  /** The gateway guest. @default deb1 */
  gateway?: GatewayLabGatewayArgs;
  /**
   * The guests behind the gateway: each by name, or their number (deb2, deb3 …). A guest with its own user data starts
   * only after the gateway routes. The names and the number must be plain values, not outputs of another resource.
   * @default 2
   */
  guests?: number | Record<string, GatewayLabGuestArgs>;
  /** A page that each guest fetches through the gateway. The guests ping each other in any case. @default no page */
  probe?: LabProbeArgs;
  /**
   * DNS servers of the guests behind the gateway.
   * @default 10.0.2.3, QEMU's DNS forwarder on the gateway's user-mode network
   */
  nameservers?: pulumi.Input<pulumi.Input<string>[] | undefined>;
}

/** Arguments of a guest of a GatewayLab. */
export interface GatewayLabGuestArgs extends LabGuestArgs {
  /** Address on the private network, without prefix length. @default the next one */
  address?: pulumi.Input<string | undefined>;
}

/** Arguments of the gateway of a GatewayLab. */
export interface GatewayLabGatewayArgs extends GatewayLabGuestArgs {
  /** Name of the guest: a plain value, not an output of another resource. @default "deb1" */
  name?: string;
  /** Ports of the hypervisor to forward to the gateway. @default none */
  hostForwards?: pulumi.Input<pulumi.Input<HostForwardArgs>[] | undefined>;
}
