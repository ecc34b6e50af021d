import { z } from "zod";
import type { Actual } from "./actual";
import type { Fact, Observed, Touched } from "./fact";
import type { HostRef } from "./host-ref";
import type { Failure, Problem } from "./problem";
import { isSh, type Sh } from "./shell";
import { guestNameArg, hostWordArg, objectNameArg, oneLineArg, portArg } from "./validators";

/**
 * The contract of a kind: pure data in, commands out. The reconciler takes care of naming, ownership, boot, drift and
 * crash recovery. docs/adding-a-kind.md leads through a new kind.
 */
export interface Kind<
  Want extends Wanted = Wanted,
  F extends Facts = Facts,
  Outputs extends object = Record<string, unknown>,
> {
  readonly name: string;
  /**
   * Validates the arguments after the defaults are filled in. It is strict and never transforms a value. The comments in it
   * are those of the class and of the page in docs/kinds, which tools/resources.ts and tools/docs.ts make from it.
   */
  readonly schema: z.ZodObject;
  /** The arguments in a program, if they differ from those of the schema. Only the two tools read it. */
  readonly args?: z.ZodObject;
  /** Constants that check fills in. Every promise is such an argument (`up: true`), so that a breach shows as drift. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Fills in arguments that depend on others (names, MAC addresses). It keeps given values and values of before. */
  readonly derive?: (given: Want, known: Partial<Want>) => Partial<Want>;
  /** What a change of each argument costs. @default "live" for an argument that is not listed */
  readonly impact: Readonly<Record<string, Impact>>;
  /** The kind makes nothing on the host. A refresh keeps the state as it is, and a delete does nothing. */
  readonly readOnly?: boolean;
  /** The kind has no manifest, because a killed run cannot leave an object of it behind. */
  readonly noManifest?: boolean;
  /** Changes that are not allowed, for example shrinking a disk. A preview reports them: "sizeGiB: …". */
  readonly forbiddenChanges?: (known: Partial<Want>, want: Want) => Problem[];
  /** Files on the machine that runs Pulumi, by the argument that names them. */
  readonly localFiles?: (want: Want) => Record<string, string | undefined>;
  /** Values that only one resource on a host may have, by the path of the argument: "nics.0.macAddress". */
  readonly unique?: (want: Want, networkOf: (link: string) => string | undefined) => Record<string, string>;
  /** The bridge of each link of this resource, by the name of the link. */
  readonly bridgeOf?: (want: Want) => Record<string, string>;
  /** Arguments that hold secrets. The manifest leaves them out. */
  readonly secrets?: readonly string[];
  /**
   * Place in the boot order, from the table in kinds/index.ts. Without it, the kind has no boot script. A function may
   * only use arguments that identify the resource, because the place is a part of the boot script's name.
   */
  readonly boot?: number | ((want: Want) => number);
  /** Whether the engine may create a replacement before it deletes the old resource. Their names must differ. */
  readonly createBeforeDelete?: boolean;
  readonly facts: (want: Want) => F;
  /** The steps from the actual to the desired state. Empty when they agree. Each step is safe in any state. */
  readonly plan: (want: Want, facts: Observed<F>) => Plan;
  /**
   * The steps that earlier versions wrote into the boot script, where the text has changed since. A host keeps such a
   * script until the resource changes, so that a new version does not make every resource drift.
   */
  readonly earlierBoot?: (want: Want, facts: Observed<F>) => readonly Plan[];
  /**
   * The entries of the facts that the steps change, for a kind whose steps change nothing else. A commit then observes
   * only these entries again. Without it, a commit observes all facts again.
   */
  readonly touches?: (want: Want, facts: Observed<F>) => Touched;
  /** The steps that delete the resource. Empty when it is absent. */
  readonly absent: (want: Want, facts: Observed<F>) => Plan;
  /** Why the object stays on the host when its owner goes: it holds data that cannot be made again. */
  readonly retainReason?: (want: Want, facts: Observed<F>) => Problem<"warning"> | undefined;
  /** What the host has: absent, or the arguments as they are. */
  readonly actual: (want: Want, facts: Observed<F>) => Actual<Want>;
  /** Warnings about a host on which the resource is as desired. Each refresh prints them; a plan has them too. */
  readonly warns?: (want: Want, facts: Observed<F>) => readonly Warn[];
  /** The outputs. Their names must differ from those of the arguments. @default none */
  readonly outputs: (want: Want, facts: Observed<F> & { connection: Connection }) => Outputs;
}

/** What the connection to the host tells. */
export interface Connection {
  hostKey: string;
}

export type Facts = Record<string, Fact<unknown>>;

/** live: nothing restarts. restart: one clean restart of the guest. replace: the engine deletes and creates it. */
export type Impact = "live" | "restart" | "replace";

/** The arguments that every resource on a host has. */
export interface Wanted {
  host: HostRef;
  /** The place of the resource in the program: the names of its components and its own name. */
  path: string;
  /** Unique for its kind and owner on this host. */
  name: string;
  /** Whether a boot script makes it again at boot. */
  persistent?: boolean;
}

export type Plan = readonly Step[];
export type Step = Run | Put | DeleteLink | Change | Refuse | Wait | Warn;

/** A command under the host's lock. */
export interface Run {
  does: "run";
  purpose: string;
  command: Sh;
  /** What a failure of the command is. @default the general failure of a command */
  failure?: Failure;
}
/** Uploads a local file, without the host's lock. */
export interface Put {
  does: "put";
  purpose: string;
  from: string;
  to: string;
  mode: number;
}
/** Deletes a link. A commit deletes all its links as one group, because the kernel waits after each deletion. */
export interface DeleteLink {
  does: "deleteLink";
  name: string;
  mark: string;
}
/**
 * A change of the host's own network, which may cut the connection. The host rolls it back by itself, unless the provider
 * confirms it over a new login. Meanwhile nothing else changes on the host.
 */
export interface Change {
  does: "change";
  purpose: string;
  /** Prepares the change, arms the rollback, and begins. `$change_id` identifies this attempt. */
  stage: Sh;
  /** Confirms the change when the network works. Prints the state, then the reason. */
  confirm: Sh;
  /** Rolls the change back at once. */
  undo: Sh;
  withinSeconds: number;
}
/** Aborts the plan, with the reason. */
export interface Refuse extends Problem {
  does: "refuse";
  /** How long the reason may still go away, because another resource of this run may remove it. @default 0 */
  patienceSeconds?: number;
}
/** A warning to the user. It always stands beside other steps: a plan that has only warnings would never end. */
export interface Warn extends Problem<"warning"> {
  does: "warn";
}
/** Waits for the host, then plans again. Always the last step of a plan. */
export interface Wait {
  does: "wait";
  for: string;
  /** The facts of the kind that show when the wait is over. Only these are fetched while it waits. */
  looksAt: readonly string[];
  seconds: number;
  /** What it is when the time limit is over. */
  failure: Failure;
  /** What the error says at the time limit: the last state that was seen. */
  otherwise: string;
  /** Whether the time limit is not a failure. */
  optional?: boolean;
}

/**
 * Defines a kind, and checks that its arguments, its facts and its outputs fit together. Its place in the boot order is in
 * kinds/index.ts, with those of the other kinds.
 */
export function kind<Want extends Wanted, F extends Facts, Outputs extends object = Record<never, never>>(
  definition: Definition<Want, F, Outputs>,
): Kind {
  return { outputs: () => ({}), ...definition } as unknown as Kind;
}

type Definition<Want extends Wanted, F extends Facts, Outputs extends object> = Omit<
  Kind<Want, F, Outputs>,
  "boot" | "outputs"
> &
  ([keyof Outputs] extends [never] ? unknown : Pick<Kind<Want, F, Outputs>, "outputs">);

/** A plan of commands and steps. Leaves out parts that are false or empty. */
export function steps(...parts: readonly (Sh | Step | Plan | false | undefined | null | "" | 0)[]): Plan {
  return parts.flatMap((part): Plan => {
    if (!part) return [];
    if (isSh(part)) return [{ does: "run", purpose: "", command: part }];
    return "does" in part ? [part] : part;
  });
}

export function run(purpose: string, command: Sh, failure?: Failure): Run {
  return { does: "run", purpose, command, ...(failure && { failure }) };
}

export function refuse(problem: Problem): Refuse {
  return { does: "refuse", ...problem };
}

export function warn(problem: Problem<"warning">): Warn {
  return { does: "warn", ...problem };
}

export function deleteLink(name: string, mark: string): DeleteLink {
  return { does: "deleteLink", name, mark };
}

/** These become paths and marks on the host, so that an edited state must not lead elsewhere. */
export const endpoint = {
  name: oneLineArg.min(1),
  address: hostWordArg.optional(),
  port: portArg.optional(),
  user: hostWordArg.optional(),
  hostKey: oneLineArg.optional(),
  sudo: z.boolean().optional(),
  uid: z.string().regex(/^[a-z2-7]{10}$/, "invalid owner: pulumi-kvm generates it. Leave it out"),
  machineId: z
    .string()
    .regex(/^[0-9a-z]{0,32}$/, "invalid machine id: must be at most 32 lower-case letters and digits")
    .optional(),
  stack: oneLineArg.optional(),
};

const carrier = z.lazy(() =>
  z.strictObject({ host: hostRef, guest: guestNameArg, disk: z.union([guestNameArg, z.literal("")]) }),
);

/** A jump host needs only what reaches it. It has no owner. */
const jump: z.ZodType = z.lazy(() =>
  z.strictObject({ ...endpoint, uid: endpoint.uid.optional(), jump: jump.optional(), carrier: carrier.optional() }),
);

export const hostRef: z.ZodType<HostRef> = z.lazy(() =>
  z.strictObject(
    { ...endpoint, jump: jump.optional(), carrier: carrier.optional() },
    { error: ({ code }) => (code === "invalid_type" ? "must be a Host or a Guest" : undefined) },
  ),
) as z.ZodType<HostRef>;

/** The part of the schema that all resources on a host share. */
export const wanted = {
  /** The machine on which the resource is created: a Host, or a Guest. @resource HostOrGuest.ref */
  host: hostRef,
  /** @internal */
  path: z.string(),
  /** @internal */
  name: objectNameArg,
};
