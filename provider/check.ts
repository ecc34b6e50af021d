import type { z } from "zod";
import { explain } from "./explain";
import type { HostRef, Kind, Wanted } from "./kind";
import { isUnknown, knownOf, type Path, pathsOfUnknown, throughUnknown, unknownValue } from "./unknown";

/**
 * Arguments are validated in preview already. What is not known yet is passed on, and nothing is said about it or
 * about what hangs on it.
 */

export interface Checked {
  inputs: Record<string, unknown>;
  failures: { property: string; reason: string }[];
}

/** Fills in the constants and what is derived, then validates. `olds` are the inputs of last time, or nothing. */
export function checkArguments(kind: Kind, olds: Record<string, unknown>, news: Record<string, unknown>): Checked {
  const { __provider, ...given } = news;
  const { inputs, broken } = fill(kind, olds, defined(given));
  const reasons = [...problems(kind, inputs), ...(broken ? [] : forbidden(kind, olds, inputs))];
  if (broken && reasons.length === 0) throw broken;
  return { inputs, failures: reasons.map((reason) => ({ property: "", reason })) };
}

function problems(kind: Kind, inputs: Record<string, unknown>): string[] {
  const parsed = kind.schema.safeParse(inputs, { reportInput: true });
  const unknowns = pathsOfUnknown(inputs);
  const certain = (issue: z.core.$ZodIssue) =>
    issue.code === "unrecognized_keys" || !unknowns.some((path) => overlaps(path, issue.path));
  return (parsed.error?.issues ?? []).filter(certain).map((issue) => explain(issue, knownKeys(kind, issue.path)));
}

const unknownHost = { name: unknownValue, uid: unknownValue };

/** The constants, what the user gave, and what is derived. `broken`: arguments of a wrong type may not be derived from. */
function fill(kind: Kind, olds: Record<string, unknown>, given: Record<string, unknown>) {
  const withConstants = { ...kind.defaults, ...given };
  const known = ofSameOwner(olds, withConstants) ? olds : {};
  // A path, once made, stays: a resource that moves in the program is still the same object on its host.
  const rooted = known.path ? { ...withConstants, path: known.path } : withConstants;
  const derive = (from: Record<string, unknown>) => ({ ...kind.derive?.(from as unknown as Wanted, known) });
  try {
    return {
      inputs: defined({ ...rooted, ...throughUnknown(rooted, { host: unknownHost, ...kind.defaults }, derive) }),
    };
  } catch (broken) {
    return { inputs: defined(rooted), broken };
  }
}

/** Who is not known yet is taken for the same: nothing is made anew because of it. */
function ofSameOwner(olds: Record<string, unknown>, news: Record<string, unknown>): boolean {
  const [old, wished] = [olds, news].map(({ host }) => (host as Partial<HostRef> | undefined)?.uid);
  return wished === undefined || isUnknown(wished) || wished === old;
}

function forbidden(kind: Kind, olds: Record<string, unknown>, inputs: Record<string, unknown>): string[] {
  return kind.forbid?.(olds as Partial<Wanted>, knownOf(inputs) as unknown as Wanted) ?? [];
}

function defined(record: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined && value !== null));
}

function overlaps(a: Path, b: Path): boolean {
  const shorter = Math.min(a.length, b.length);
  return a.slice(0, shorter).every((key, i) => String(key) === String(b[i]));
}

/** For the text only; what every resource has is not a user's to set. */
function knownKeys(kind: Kind, path: Path): string[] {
  return path.length === 0 ? Object.keys(kind.schema.shape).filter((key) => key !== "path") : [];
}
