import type { z } from "zod";
import { argumentErrors } from "../core/argument-errors";
import type { HostRef } from "../core/host-ref";
import type { Kind, Wanted } from "../core/kind";
import { printable } from "../core/printable";
import { coded, type Problem } from "../core/problem";
import { isUnknown, knownOf, type Path, pathsOfUnknown, throughUnknown, unknownValue } from "../core/unknown";
import { argumentProblem } from "../core/validation-message";

/**
 * Validates arguments, in preview too. An argument that is not known yet passes, and so does everything that depends on
 * it.
 */

export interface Checked {
  inputs: Record<string, unknown>;
  failures: { property: string; reason: string }[];
}

/** Fills in defaults and derived arguments, then validates. `olds` are the inputs of the last update, or empty. */
export function checkArguments(kind: Kind, olds: Record<string, unknown>, news: Record<string, unknown>): Checked {
  const { __provider, ...given } = news;
  const { inputs, broken } = fill(kind, olds, defined(given));
  const found = [...problems(kind, inputs), ...(broken ? [] : forbidden(kind, olds, inputs))];
  if (broken && found.length === 0) throw broken;
  return { inputs, failures: asFailures(found) };
}

/** Problems in the form of Pulumi's check. With the name of a property, the engine would print its value. */
export function asFailures(problems: readonly Problem[]): Checked["failures"] {
  return problems.map((problem) => ({ property: "", reason: printable(coded(problem)) }));
}

function problems(kind: Kind, inputs: Record<string, unknown>): Problem[] {
  const unprintable = unwritable(inputs);
  if (unprintable.length > 0) return unprintable;
  const unknowns = pathsOfUnknown(inputs);
  const issues = parse(kind, inputs).filter(
    (issue) => issue.code === "unrecognized_keys" || !unknowns.some((path) => overlaps(path, issue.path)),
  );
  const ofAll = unknowns.length > 0 ? ofTheWhole(kind, inputs) : [];
  return [...issues, ...ofAll].map((issue) => argumentProblem(issue, knownKeys(kind, issue.path)));
}

function parse(kind: Kind, inputs: Record<string, unknown>): z.core.$ZodIssue[] {
  return kind.schema.safeParse(inputs, { reportInput: true }).error?.issues ?? [];
}

/**
 * An error in the combination of arguments, such as a missing target, counts only when it occurs both with and without
 * the unknown arguments. Host and names are never a part of such an error.
 */
function ofTheWhole(kind: Kind, inputs: Record<string, unknown>): z.core.$ZodIssue[] {
  const standIns = Object.entries({ host: knownHost, path: "x", name: "x" }).filter(([key]) => isUnknown(inputs[key]));
  const whole = (some: Record<string, unknown>) =>
    parse(kind, { ...some, ...Object.fromEntries(standIns) }).filter(
      ({ path, code }) => path.length === 0 && code !== "unrecognized_keys",
    );
  const without = whole(knownOf(inputs)).map(({ message }) => message);
  return whole(inputs).filter(({ message }) => without.includes(message));
}

const knownHost: HostRef = { name: "x", uid: "aaaaaaaaaa" };

/**
 * Refuses a text with NUL, which no argument of a command can hold, or with half a character, which would reach the host
 * as another one. It covers every argument of every kind.
 */
function unwritable(value: unknown, path: Path = []): Problem[] {
  if (typeof value === "string") {
    const wrong = value.includes("\0")
      ? "a NUL character"
      : /\p{Cs}/u.test(value)
        ? "half a character (a lone surrogate)"
        : "";
    const at = path.map(String).join(".");
    return wrong
      ? [argumentErrors.unwritable(`${at}: the text has ${wrong}, which no command can carry. Remove it`)]
      : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => unwritable(inner, [...path, key]));
}

const unknownHost = { name: unknownValue, uid: unknownValue };

/** Defaults, given and derived arguments. Nothing is derived from `broken` arguments, which have a wrong type. */
function fill(kind: Kind, olds: Record<string, unknown>, given: Record<string, unknown>) {
  const withConstants = { ...kind.defaults, ...given };
  const known = ofSameOwner(olds, withConstants) ? olds : {};
  // The path stays for ever: a resource that moves in the program is still the same object on its host.
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

/** An owner that is not known yet counts as the same one, so that a preview announces no replacement. */
function ofSameOwner(olds: Record<string, unknown>, news: Record<string, unknown>): boolean {
  const [old, wished] = [olds, news].map(({ host }) => (host as Partial<HostRef> | undefined)?.uid);
  return wished === undefined || isUnknown(wished) || wished === old;
}

function forbidden(kind: Kind, olds: Record<string, unknown>, inputs: Record<string, unknown>): Problem[] {
  return kind.forbiddenChanges?.(olds as Partial<Wanted>, knownOf(inputs) as unknown as Wanted) ?? [];
}

function defined(record: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined && value !== null));
}

function overlaps(a: Path, b: Path): boolean {
  const shorter = Math.min(a.length, b.length);
  return a.slice(0, shorter).every((key, i) => String(key) === String(b[i]));
}

/** For the text of the error. Users do not set the arguments that every resource has. */
function knownKeys(kind: Kind, path: Path): string[] {
  return path.length === 0 ? Object.keys(kind.schema.shape).filter((key) => key !== "path") : [];
}
