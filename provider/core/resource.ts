import * as pulumi from "@pulumi/pulumi";
import { argumentErrors } from "./argument-errors";
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
    args: pulumi.Inputs,
    { filled, optional }: OutputNames,
    opts?: pulumi.CustomResourceOptions,
  ) {
    refuseLookup(kind, name, opts);
    const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
    const unset = Object.fromEntries(["revision", ...filled].map((output) => [output, undefined]));
    const restore = withoutCallStack();
    try {
      super(
        `pulumi-nodejs:dynamic/kvm:${kind}`,
        name,
        { ...unset, ...given, path: pathOf(name, opts?.parent), __provider: providerText(kind) },
        { deleteBeforeReplace: true, ...opts },
      );
    } finally {
      restore();
    }
    for (const output of optional.filter((one) => !(one in given)))
      Object.assign(this, { [output]: pulumi.output(undefined) });
  }
}

/** The outputs of a kind. Each property of its class is an output at once. */
export interface OutputNames {
  /** Those that the provider fills in: defaults, and what it finds on the host. */
  filled: readonly string[];
  /** Arguments that stay absent if a program does not give them. A preview knows that already. */
  optional: readonly string[];
}

/** Refuses `import` and `id`: the engine would give the provider only a name, without the host. */
function refuseLookup(kind: string, name: string, opts: pulumi.CustomResourceOptions | undefined): void {
  const option = (["import", "id"] as const).find((option) => opts?.[option] !== undefined);
  if (!option) return;
  const text = `Unable to ${option === "id" ? "look up" : "import"} ${kind} ${name}: its name does not tell the host. Remove the option ${option}, and give the resource its arguments, with adopt: true to take an existing object over`;
  throw new pulumi.RunError(coded(argumentErrors.noImport(text)));
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

/** A machine on which a program creates resources: a Host, or a Guest. */
export interface HostOrGuest {
  /** How other resources refer to the machine. @internal */
  readonly ref: pulumi.Inputs;
}

/**
 * The output of a resource that an argument names, such as the reference of its host: without it, the provider would get
 * only the id of the resource. The argument may be a list, or an output itself. Other values stay as they are, for check.
 */
export function outputOf(argument: unknown, name: string): unknown {
  if (isOutput(argument))
    return (pulumi.output(argument) as pulumi.OutputInstance<unknown>).apply((one) => outputOf(one, name));
  if (Array.isArray(argument)) return argument.map((resource) => outputOf(resource, name));
  return typeof argument === "object" && argument !== null && name in argument
    ? (argument as Record<string, unknown>)[name]
    : argument;
}

/** Whether the program gives a value that is known later. */
export function isOutput(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}
