import { Resource } from "@pulumi/pulumi";
import { z } from "zod";
import { argumentErrors } from "../../provider/core/argument-errors";
import type { Problem } from "../../provider/core/problem";
import { argumentProblem } from "../../provider/core/validation-message";
import { pathsOfOutputs } from "./derived";
import type { LabArgs, LabGuestArgs, LabNicArgs, LabProbeArgs } from "./lab-args";

/**
 * The shape of a lab's arguments. Node removes the types of a program without a check, so that a misspelt argument
 * would have no effect. The kinds check values, such as sizes and addresses. An output of another resource passes.
 */

/** One schema for each argument. The compiler reports a missing one. */
export type Shape<T> = Record<keyof T, z.ZodType>;

const nic = { model: z.string().optional(), macAddress: z.string().optional() } satisfies Shape<LabNicArgs>;

export const guestShape = {
  memoryMiB: z.number().optional(),
  vcpus: z.number().optional(),
  nic: z.strictObject(nic).optional(),
  diskGiB: z.number().optional(),
  userData: z.unknown().optional(),
} satisfies Shape<LabGuestArgs>;

export const labShape = {
  host: z.custom((value) => Resource.isInstance(value), "must be a Host"),
  image: z.unknown().refine((value) => value !== undefined, "is required"),
  accelerator: z.enum(["auto", "kvm", "tcg"]).optional(),
  sshAuthorizedKeys: z.array(z.unknown()).optional(),
  readyWithinSeconds: z.number().positive().optional(),
} satisfies Shape<LabArgs>;

export const probeShape = {
  url: z.string().optional(),
  required: z.boolean().optional(),
} satisfies Shape<LabProbeArgs>;

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
  const outputs = pathsOfOutputs(args);
  const tooLate = outputs.filter(isStructure).map((path) => argumentErrors.notPlain(`${path.join(".")}: ${notPlain}`));
  const { error } = z.strictObject(lab).safeParse(args, { reportInput: true });
  const known = ([part, ...inner]: readonly PropertyKey[]) => {
    if (part === undefined) return Object.keys(lab);
    return Object.keys(inner.at(-1) === "nic" ? nic : (parts[String(part)] ?? {}));
  };
  const issues = (error?.issues ?? []).filter(({ path }) => !outputs.some((output) => isWithin(path, output)));
  return [...tooLate, ...issues.map((issue) => argumentProblem(issue, known(issue.path)))];
}

const notPlain =
  "must not be an output of another resource, because the lab needs it to register its resources. Give the value itself";

/** The arguments that decide which resources a lab has, and what their names are. "*" is the name of a guest. */
const structure = ["guests", "guests/*", "guests/*/nic", "gateway", "gateway/name", "gateway/nic", "probe"];

function isStructure(path: readonly string[]): boolean {
  const [first = "", , ...deeper] = path;
  return structure.includes((first === "guests" && path.length > 1 ? [first, "*", ...deeper] : path).join("/"));
}

/** Whether an issue is about an output, or about what is in it. */
function isWithin(path: readonly PropertyKey[], output: readonly string[]): boolean {
  return output.every((key, i) => String(path[i]) === key);
}
