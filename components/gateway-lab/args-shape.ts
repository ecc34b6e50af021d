import { z } from "zod";
import type { Problem } from "../../provider/core/problem";
import { guestShape, guestsShape, labShape, probeShape, type Shape, shapeErrors } from "../lab/lab-shape";
import type { GatewayLabArgs, GatewayLabGatewayArgs, GatewayLabGuestArgs } from "./args";

const guest = { ...guestShape, address: z.string().optional() } satisfies Shape<GatewayLabGuestArgs>;
const gateway = {
  name: z.string().optional(),
  ...guest,
  hostForwards: z.array(z.unknown()).optional(),
} satisfies Shape<GatewayLabGatewayArgs>;

/** Arguments that do not match the types: errors, each with the argument's name. */
export function gatewayLabShapeErrors(args: GatewayLabArgs): Problem[] {
  const lab = {
    ...labShape,
    cidr: z.string().optional(),
    gateway: z.strictObject(gateway).optional(),
    probe: z.strictObject(probeShape).optional(),
    nameservers: z.array(z.unknown()).optional(),
    guests: guestsShape(args.guests, guest),
  } satisfies Shape<GatewayLabArgs>;
  return shapeErrors(args, lab, { gateway, probe: probeShape, guests: guest });
}
