import * as pulumi from "@pulumi/pulumi";
import { isOutput } from "../../provider/core/resource";

/**
 * A value that follows from arguments. It is known at once if the program gives plain values, so that a preview shows it,
 * and an output if one of them is an output.
 */
export function derived<Given, Made>(given: Given, make: (known: pulumi.Unwrap<Given>) => Made): pulumi.Input<Made> {
  if (pathsOfOutputs(given).length === 0) return make(given as pulumi.Unwrap<Given>);
  return pulumi.output(given).apply(make) as pulumi.Output<Made>;
}

/** The places of outputs in arguments. A resource is a value of its own. */
export function pathsOfOutputs(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (isOutput(value)) return [path];
  if (typeof value !== "object" || value === null || pulumi.Resource.isInstance(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => pathsOfOutputs(inner, [...path, key]));
}
