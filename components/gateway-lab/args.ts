import type { HostForward } from "../../provider/kinds/guest/guest.resource";
import type { LabArgs, LabGuest } from "../lab/lab-guest";

/** Arguments of a GatewayLab. Only `host` and `image` are required. */
export interface GatewayLabArgs extends LabArgs {
  /** CIDR of the private network. The first address is the default for the gateway. @default "192.168.50.0/24" */
  cidr?: string;
  /** The gateway guest. @default deb1 */
  gateway?: GatewayLabGuest & { /** Name of the guest. @default "deb1" */ name?: string; hostForwards?: HostForward[] };
  /**
   * The guests behind the gateway: each by name, or their number (deb2, deb3 …). A guest with its own user data starts
   * only after the gateway routes.
   * @default 2
   */
  guests?: number | Record<string, GatewayLabGuest>;
  /** A page that each guest fetches through the gateway. The guests ping each other in any case. */
  probe?: { url?: string /** Whether a failed probe fails the update. @default true */; required?: boolean };
  /**
   * DNS servers of the guests behind the gateway.
   * @default 10.0.2.3, QEMU's DNS forwarder on the gateway's user-mode network
   */
  nameservers?: string[];
}

export interface GatewayLabGuest extends LabGuest {
  /** Address on the private network, without prefix length. @default the next one */
  address?: string;
}
