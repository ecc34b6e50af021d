import { Resource } from "@pulumi/pulumi";
import { z } from "zod";
import type { Problem } from "../../provider/core/problem";
import { guestShape, guestsShape, labShape, type Shape, shapeErrors } from "../lab/lab-args";
import type { PublicBridgeLabArgs, PublicGuest } from "./args";

const guest = {
  ...guestShape,
  addresses: z.array(z.unknown()).optional(),
  gateway: z.string().optional(),
  nameservers: z.array(z.unknown()).optional(),
} satisfies Shape<PublicGuest>;
const probe = { url: z.string().optional(), required: z.boolean().optional() };

/** Arguments that do not match the types: errors, each with the argument's name. */
export function publicBridgeLabShapeErrors(args: PublicBridgeLabArgs): Problem[] {
  const lab = {
    ...labShape,
    bridge: z.custom((value) => value instanceof Resource && "ipAddresses" in value, "must be a PublicBridge"),
    probe: z.strictObject(probe).optional(),
    guests: guestsShape(args.guests, guest),
  } satisfies Shape<PublicBridgeLabArgs>;
  return shapeErrors(args, lab, { probe, guests: guest });
}
