import { z } from "zod";
import type { HostForward } from "../../provider/kinds/guest/guest-args";
import { guestShape, guestsShape, labShape, misshapen, type Shape } from "../lab/lab-args";
import type { LabArgs, LabGuest } from "../lab/lab-guest";

/** What the lab of the tutorial should be; `host` and `image` are enough. */
export interface GatewayLabArgs extends LabArgs {
  /** The private network. The gateway has its first address. @default "192.168.50.0/24" */
  cidr?: string;
  /** The router. @default deb1 */
  gateway?: GatewayLabGuest & { /** @default "deb1" */ name?: string; hostForwards?: HostForward[] };
  /** The guests behind it by name, or how many: deb2, deb3 … Their own user data runs once the gateway routes. @default 2 */
  guests?: number | Record<string, GatewayLabGuest>;
  /** What the guests prove besides pinging each other: that they fetch this page through the gateway. */
  probe?: { url?: string /** A failed proof fails the update. @default true */; required?: boolean };
  /** Whom the guests behind the gateway ask for names. @default QEMU's forwarder on the gateway's user-mode network, 10.0.2.3 */
  nameservers?: string[];
}

export interface GatewayLabGuest extends LabGuest {
  /** Its address on the private network. @default the next one */
  address?: string;
}

const guest = { ...guestShape, address: z.string().optional() } satisfies Shape<GatewayLabGuest>;
const gateway = { name: z.string().optional(), ...guest, hostForwards: z.array(z.unknown()).optional() };
const probe = { url: z.string().optional(), required: z.boolean().optional() };

/** What is not as the types say, each with the argument's name. */
export function misshapenGatewayLab(args: GatewayLabArgs): string[] {
  const lab = {
    ...labShape,
    cidr: z.string().optional(),
    gateway: z.strictObject(gateway).optional(),
    probe: z.strictObject(probe).optional(),
    nameservers: z.array(z.unknown()).optional(),
    guests: guestsShape(args.guests, guest),
  } satisfies Shape<GatewayLabArgs>;
  return misshapen(args, lab, { gateway, probe, guests: guest });
}
