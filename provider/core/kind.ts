import { z } from "zod";
import type { Fact, Observed } from "./fact";
import { isSh, type Sh } from "./shell";
import { guestNameArg, hostWordArg, oneLineArg, portArg } from "./validators";

/**
 * What a kind is: pure data in, commands out. A newcomer who adds one writes a file in kinds/, a line in kinds/index.ts
 * and fixtures; everything else (naming, ownership, boot, drift, crash recovery) follows from here.
 */
export interface Kind<Want extends Wanted = Wanted, F extends Facts = Facts> {
  readonly name: string;
  /** Validates what the user gave, after the constants are filled in. Strict; it never transforms. */
  readonly schema: z.ZodObject;
  /** Constants that check fills in: every promise is one (`up: true`), so that its breach shows as drift. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Fills in what depends on other arguments (names, MACs). Must leave alone what is given, and keep what was. */
  readonly derive?: (given: Want, known: Partial<Want>) => Partial<Want>;
  /** What a change of each argument means. An argument that is not named here is live. */
  readonly impact: Readonly<Record<string, Impact>>;
  /** It makes nothing on the host: a refresh keeps what it saw, and a delete has nothing to take away. */
  readonly observesOnly?: boolean;
  /** It makes no object that a killed run could leave: nothing is written down of it. */
  readonly unrecorded?: boolean;
  /** What must not become of what was, seen in preview: "sizeGiB: …" */
  readonly forbid?: (known: Partial<Want>, want: Want) => string[];
  /** Files of the machine that runs Pulumi which it is made from, by the argument that names them. */
  readonly localFiles?: (want: Want) => Record<string, string | undefined>;
  /** What no two resources on a host may have both, by the path of the argument: "nics.0.macAddress". */
  readonly unique?: (want: Want, networkOf: (link: string) => string | undefined) => Record<string, string>;
  /** The bridge that each of its links is a port of, by the link's name. */
  readonly joins?: (want: Want) => Record<string, string>;
  /** Arguments that hold secrets: kept out of the manifest. */
  readonly secrets?: readonly string[];
  /**
   * Place in the boot order; without it nothing of this kind is made at boot. Links 20 to 39, rules 60. A function of
   * what decides the resource's identity, because the place is a part of the boot script's name.
   */
  readonly boot?: number | ((want: Want) => number);
  /** True when it makes sense to create a replacement before the old one goes, because their names differ. */
  readonly createBeforeDelete?: boolean;
  readonly facts: (want: Want) => F;
  /** The ensure steps from what is to what should be; empty when nothing is to do. Safe to run in any state. */
  readonly plan: (want: Want, facts: Observed<F>) => Plan;
  /** The same towards absence. */
  readonly absent: (want: Want, facts: Observed<F>) => Plan;
  /** Why it stays on the host when its owner goes, although no state knows it: it holds what cannot be made again. */
  readonly keeps?: (want: Want, facts: Observed<F>) => string | undefined;
  /** The arguments as they really are; undefined when it is gone. */
  readonly actual: (want: Want, facts: Observed<F>) => Partial<Want> | undefined;
  /** What the user should know although all is as wished: told at each refresh. A plan says it beside its steps. */
  readonly warns?: (want: Want, facts: Observed<F>) => readonly Say[];
  /** What else the user learns. Its names are not those of arguments. */
  readonly outputs: (want: Want, facts: Observed<F> & { connection: Connection }) => Record<string, unknown>;
}

/** What the host showed when it was reached. */
export interface Connection {
  hostKey: string;
}

export type Facts = Record<string, Fact<unknown>>;

/** live: nothing restarts. restart: one clean restart of the guest. replace: made anew. */
export type Impact = "live" | "restart" | "replace";

/** What every resource on a host has. */
export interface Wanted {
  host: HostRef;
  /** Where the resource stands in the program: the names of its components and its own. */
  path: string;
  /** Unique for its kind and owner on this host. */
  name: string;
  /** Made again at boot. */
  persistent?: boolean;
}

/** What a resource's state knows of its host: enough to reach it, no credential, and whose the objects are. */
export interface HostRef {
  name: string;
  address?: string;
  port?: number;
  user?: string;
  hostKey?: string;
  sudo?: boolean;
  jump?: HostRef;
  /** The owner: random, made with the stack's Host. */
  uid: string;
  /** The beginning of its machine-id(5), known when its Host has been made: another machine at its address is refused. */
  machineId?: string;
  /** project/stack, for the reader. */
  stack?: string;
  /** Set when this host is itself a guest. */
  carrier?: Carrier;
}

/** The guest that is this host: the hypervisor is asked whether it is there at all. */
export interface Carrier {
  host: HostRef;
  guest: string;
  /** The identity of its first disk: what is configured inside lives there. */
  disk: string;
}

export type Plan = readonly Step[];
export type Step = Run | Put | DeleteLink | Change | Refuse | Wait | Say;

/** A command under the host's lock. */
export interface Run {
  does: "run";
  purpose: string;
  command: Sh;
}
/** A local file that goes to the host, outside the lock. */
export interface Put {
  does: "put";
  purpose: string;
  from: string;
  to: string;
  mode: number;
}
/** A link that goes; those of one commit go in one group, because the kernel waits for each deletion. */
export interface DeleteLink {
  does: "deleteLink";
  name: string;
  mark: string;
}
/**
 * A change of the host's own network, which may cut us off: the host undoes it by itself, unless it is confirmed over a
 * login that was made after it. Nothing else happens on the host meanwhile.
 */
export interface Change {
  does: "change";
  purpose: string;
  /** Prepares, arms the way back, and begins. `$change_id` is this try. */
  stage: Sh;
  /** Confirms when all is well; prints how far it is, and then why. */
  confirm: Sh;
  /** Undoes it now. */
  undo: Sh;
  withinSeconds: number;
}
/** Why this must not be done at all. */
export interface Refuse {
  does: "refuse";
  reason: string;
}
/** What the user should know although nothing failed. It stands beside other steps: alone it would never be done. */
export interface Say {
  does: "say";
  text: string;
}
/** Nothing more to do until the host got there; then it is planned anew. Always the last step of a plan. */
export interface Wait {
  does: "wait";
  for: string;
  /** The kind's facts that tell whether it has come: only these are asked for while it waits. */
  looksAt: readonly string[];
  seconds: number;
  /** What to say when the time is up: the last state seen. */
  otherwise: string;
  /** Running out of time is no failure. */
  optional?: boolean;
}

/** Defines a kind: keeps the types of its arguments and facts together. */
export function kind<Want extends Wanted, F extends Facts>(definition: Kind<Want, F>): Kind {
  return definition as unknown as Kind;
}

/** A plan from commands and steps, leaving out what does not apply. */
export function steps(...parts: readonly (Sh | Step | Plan | false | undefined | null | "" | 0)[]): Plan {
  return parts.flatMap((part): Plan => {
    if (!part) return [];
    if (isSh(part)) return [{ does: "run", purpose: "", command: part }];
    return "does" in part ? [part] : part;
  });
}

export function run(purpose: string, command: Sh): Run {
  return { does: "run", purpose, command };
}

export function refuse(reason: string): Refuse {
  return { does: "refuse", reason };
}

export function say(text: string): Say {
  return { does: "say", text };
}

export function deleteLink(name: string, mark: string): DeleteLink {
  return { does: "deleteLink", name, mark };
}

/** Names of folders and parts of marks on the host: a state that was edited must not lead elsewhere. */
const endpoint = {
  name: oneLineArg.min(1),
  address: hostWordArg.optional(),
  port: portArg.optional(),
  user: hostWordArg.optional(),
  hostKey: oneLineArg.optional(),
  sudo: z.boolean().optional(),
  uid: z.string().regex(/^[a-z2-7]{10}$/, "is made by pulumi-kvm: ten letters and digits"),
  machineId: z
    .string()
    .regex(/^[0-9a-z]{0,32}$/, "is no machine id")
    .optional(),
  stack: oneLineArg.optional(),
};

const carrier = z.lazy(() =>
  z.strictObject({ host: hostRef, guest: guestNameArg, disk: z.union([guestNameArg, z.literal("")]) }),
);

/** Of a host to jump over only the way is needed: it has no owner. */
const jump: z.ZodType = z.lazy(() =>
  z.strictObject({ ...endpoint, uid: endpoint.uid.optional(), jump: jump.optional(), carrier: carrier.optional() }),
);

export const hostRef: z.ZodType<HostRef> = z.lazy(() =>
  z.strictObject({ ...endpoint, jump: jump.optional(), carrier: carrier.optional() }),
) as z.ZodType<HostRef>;

/** The schema's part that all resources on a host share. */
export const wanted = {
  host: hostRef,
  path: z.string(),
  name: z.string(),
};
