import * as pulumi from "@pulumi/pulumi";
import { coded, type Problem, together } from "../../provider/core/problem";

/** @throws when a lab has wrong arguments, with all of them in one text */
export function refuseWrong([first, ...others]: readonly Problem[], lab: pulumi.Resource): void {
  if (first) throw new pulumi.ResourceError(coded(together([first, ...others])), lab, true);
}

/**
 * The arguments of a lab for the state, where transforms and policies see them. User data may hold a password, so the
 * state encrypts it. An Image is left out: the lab would wait for it, and with the lab everything in it.
 */
export function registered(args: object): pulumi.Inputs {
  const { image, ...others } = args as pulumi.Inputs;
  return { ...(encrypted(others) as object), ...(!pulumi.Resource.isInstance(image) && { image }) };
}

function encrypted(value: unknown): unknown {
  const isObject = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (!isObject) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    const isText = key === "userData" && inner !== undefined;
    return [key, isText ? pulumi.secret(inner) : encrypted(inner)];
  });
  return Object.fromEntries(entries);
}

/** The options of a component whose type had another name in version 0.1.0, so that it stays the same resource. */
export function renamedFrom(type: string, opts: pulumi.ComponentResourceOptions = {}): pulumi.ComponentResourceOptions {
  return { ...opts, aliases: [{ type }, ...(opts.aliases ?? [])] };
}
