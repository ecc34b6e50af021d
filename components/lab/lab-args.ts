import { Resource } from "@pulumi/pulumi";
import { z } from "zod";
import type { Problem } from "../../provider/core/problem";
import { argumentProblem } from "../../provider/core/validation-message";
import type { LabArgs, LabGuest } from "./lab-guest";

/**
 * The shape of a lab's arguments. Node removes the types of a program without a check, so that a misspelt argument
 * would have no effect. The kinds check values, such as sizes and addresses.
 */

/** One schema for each argument. The compiler reports a missing one. */
export type Shape<T> = Record<keyof T, z.ZodType>;

const nic = { model: z.string().optional(), macAddress: z.string().optional() };

export const guestShape = {
  memoryMiB: z.number().optional(),
  vcpus: z.number().optional(),
  nic: z.strictObject(nic).optional(),
  diskGiB: z.number().optional(),
  userData: z.unknown().optional(),
} satisfies Shape<LabGuest>;

export const labShape = {
  host: z.custom((value) => Resource.isInstance(value), "must be a Host"),
  image: z.unknown().refine((value) => value !== undefined, "is required"),
  accelerator: z.enum(["auto", "kvm", "tcg"]).optional(),
  sshAuthorizedKeys: z.array(z.unknown()).optional(),
  readyWithinSeconds: z.number().positive().optional(),
} satisfies Shape<LabArgs>;

const noCount = ({ input }: { input?: unknown }) => `invalid number of guests ${input}`;

/** The number of guests, or each guest by its name. */
export function guestsShape(guests: unknown, guest: z.ZodRawShape): z.ZodType {
  if (typeof guests === "object") return z.record(z.string(), z.strictObject(guest));
  return z.number().int({ error: noCount }).min(0, { error: noCount }).optional();
}

/**
 * Arguments that do not match the types: errors, each with the argument's name.
 * @param parts the arguments that are objects, and the fields of each
 */
export function shapeErrors(args: object, lab: z.ZodRawShape, parts: Record<string, object>): Problem[] {
  const { error } = z.strictObject(lab).safeParse(args, { reportInput: true });
  const known = ([part, ...inner]: readonly PropertyKey[]) => {
    if (part === undefined) return Object.keys(lab);
    return Object.keys(inner.at(-1) === "nic" ? nic : (parts[String(part)] ?? {}));
  };
  return (error?.issues ?? []).map((issue) => argumentProblem(issue, known(issue.path)));
}
