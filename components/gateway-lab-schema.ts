import { z } from "zod";
import type { GatewayLabArgs, GatewayLabGuest } from "./gateway-lab-plan";
import { guestShape, guestsShape, labShape, misshapen, type Shape } from "./lab-schema";

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
