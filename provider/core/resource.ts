import * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "./kind";

/**
 * What every resource is on the program's side: a constant text that names its kind, its path, and how its host is
 * reached. Nothing is captured, and nothing of the provider is loaded here.
 */
export abstract class Resource extends pulumi.CustomResource {
  /** Changes whenever something was done to it: a trigger for what proves it. */
  declare readonly revision: pulumi.Output<string>;

  constructor(
    kind: string,
    name: string,
    args: object,
    outputs: readonly string[],
    opts?: pulumi.CustomResourceOptions,
  ) {
    if (opts?.import !== undefined) throw new pulumi.RunError(noImport(kind, name));
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

/** The engine would ask the provider for a name alone, without the host that it is on. */
function noImport(kind: string, name: string): string {
  return `${kind} ${name}: the option import does not work here, because a name alone does not say on which host it is. Give the resource its arguments, and adopt: true where there is something to take over`;
}

/**
 * The SDK writes the whole call stack into the state with each resource, a third of what a tap takes, and the engine
 * writes the state at every step. (It lifts Error.stackTraceLimit itself, so that limit is no way.)
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

/** The names of the components that a resource stands in, and its own. */
export function pathOf(name: string, parent: pulumi.Resource | undefined): string {
  const above = parent ? componentPath(parent) : "";
  return above ? `${above}/${name}` : name;
}

/** What the SDK keeps in a resource (pulumi/pulumi, sdk/nodejs/resource.ts). */
interface Placed {
  __name?: string;
  __pulumiType?: string;
  __parentResource?: pulumi.Resource;
}

/** A user's own components count as ours do. The stack itself is a resource too, and no part of a path. */
function componentPath(parent: pulumi.Resource): string {
  const { __name = "", __pulumiType, __parentResource } = parent as unknown as Placed;
  return __pulumiType === "pulumi:pulumi:Stack" ? "" : pathOf(__name, __parentResource);
}

/** Arguments as a program gives them: each, at any depth, may be an output of another resource. */
export type Inputs<T> = { [K in keyof T]: pulumi.Input<Given<T[K]>> };

type Given<T> = T extends readonly (infer Item)[] ? pulumi.Input<Given<Item>>[] : T extends object ? Inputs<T> : T;

/** A host as another resource's argument. */
export interface OnHost {
  /** The machine that it is on. */
  host: HasRef;
}

/** A Host, or a guest that is one. */
export interface HasRef {
  readonly ref: pulumi.Input<Inputs<HostRef>>;
}

/** A bare resource would reach the provider as its id alone: it is replaced by what is needed of it. */
export function onHost<T extends OnHost>(args: T): Omit<T, "host"> & { host: HasRef["ref"] } {
  return { ...args, host: args.host.ref };
}
