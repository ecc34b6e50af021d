import { Resource } from "@pulumi/pulumi";
import { z } from "zod";
import type { Problem } from "../../provider/core/problem";
import { guestShape, guestsShape, labShape, probeShape, type Shape, shapeErrors } from "../lab/lab-shape";
import type { PublicBridgeLabArgs, PublicBridgeLabGuestArgs } from "./args";

const guest = {
  ...guestShape,
  addresses: z.array(z.unknown()).optional(),
  gateway: z.string().optional(),
  nameservers: z.array(z.unknown()).optional(),
} satisfies Shape<PublicBridgeLabGuestArgs>;

/** Arguments that do not match the types: errors, each with the argument's name. */
export function publicBridgeLabShapeErrors(args: PublicBridgeLabArgs): Problem[] {
  const lab = {
    ...labShape,
    bridge: z.custom((value) => value instanceof Resource && "ipAddresses" in value, "must be a PublicBridge"),
    probe: z.strictObject(probeShape).optional(),
    guests: guestsShape(args.guests, guest),
  } satisfies Shape<PublicBridgeLabArgs>;
  return shapeErrors(args, lab, { probe: probeShape, guests: guest });
}
