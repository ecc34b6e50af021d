import * as pulumi from "@pulumi/pulumi";
import { argumentErrors } from "./argument-errors";
import type { HostRef } from "./host-ref";
import { coded } from "./problem";

/**
 * The base class of all resources in a program. It sends a constant text that names the kind, the path of the resource,
 * and how its host is reached. It captures nothing, and loads nothing of the provider.
 */
export abstract class Resource extends pulumi.CustomResource {
  /** Changes on every create and update. Give it to the `triggers` of a Probe to run the probe again. */
  declare readonly revision: pulumi.Output<string>;

  constructor(
    kind: string,
    name: string,
    args: object,
    outputs: readonly string[],
    opts?: pulumi.CustomResourceOptions,
  ) {
    if (opts?.import !== undefined) throw new pulumi.RunError(coded(argumentErrors.noImport(noImport(kind, name))));
    const unset = Object.fromEntries(["revision", ...outputs].map((output) => [output, undefined]));
    const restore = withoutCallStack();
    try {
      super(
        `pulumi-nodejs:dynamic/kvm:${kind}`,
        name,
        { ...unset, ...args, path: pathOf(name, opts?.parent), __provider: providerText(kind) },
        { deleteBeforeReplace: true, ...opts },
      );
    } finally {
      restore();
    }
  }
}

/** Refuses `import`: the engine would give the provider only a name, without the host. */
function noImport(kind: string, name: string): string {
  return `Unable to import ${kind} ${name}: its name does not tell the host. Remove the option import, and give the resource its arguments, with adopt: true to take an existing object over`;
}

/**
 * The SDK writes the whole call stack into the state with each resource: a third of the size of a tap. The engine writes
 * the state at every step. (The SDK sets Error.stackTraceLimit itself, so that a lower limit has no effect.)
 */
function withoutCallStack(): () => void {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (error) => String(error);
  return () => {
    Error.prepareStackTrace = prepareStackTrace;
  };
}

/** A contract with every state that was ever written: see provider/index.ts and docs/adr/001. */
export function providerText(kind: string): string {
  return `exports.handler=()=>require("pulumi-kvm/provider")("${kind}")`;
}

/** The names of the components around a resource, and its own name. */
function pathOf(name: string, parent: pulumi.Resource | undefined): string {
  const above = parent ? componentPath(parent) : "";
  return above ? `${above}/${name}` : name;
}

/** A field of the SDK in each resource (pulumi/pulumi, sdk/nodejs/resource.ts). */
interface Placed {
  __name?: string;
  __pulumiType?: string;
  __parentResource?: pulumi.Resource;
}

/** Components of users count as well. The stack itself is a resource too, but not a part of a path. */
function componentPath(parent: pulumi.Resource): string {
  const { __name = "", __pulumiType, __parentResource } = parent as unknown as Placed;
  return __pulumiType === "pulumi:pulumi:Stack" ? "" : pathOf(__name, __parentResource);
}

/** Arguments in a program: each, at any depth, may be an output of another resource. */
export type Inputs<T> = { [K in keyof T]: pulumi.Input<Given<T[K]>> };

type Given<T> = T extends readonly (infer Item)[] ? pulumi.Input<Given<Item>>[] : T extends object ? Inputs<T> : T;

/** The host as an argument. */
export interface OnHost {
  /** The machine on which the resource is created: a Host, or a Guest. */
  host: HasRef;
}

/** A Host, or a guest that is one. */
export interface HasRef {
  readonly ref: pulumi.Input<Inputs<HostRef>>;
}

/** Replaces a resource by its reference: otherwise the provider would get only its id. */
export function onHost<T extends OnHost>(args: T): Omit<T, "host"> & { host: HasRef["ref"] } {
  return { ...args, host: args.host.ref };
}
