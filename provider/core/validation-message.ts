import type { z } from "zod";
import { argumentErrors } from "./argument-errors";
import type { Failure, Problem } from "./problem";

/** The problem of an argument, with the code of its class. */
export function argumentProblem(issue: z.core.$ZodIssue, known: readonly string[] = []): Problem {
  return classOf(issue)(explain(issue, known));
}

/** The error of an argument, with its path in the text: if we named the property, the engine would print its value. */
export function explain(issue: z.core.$ZodIssue, known: readonly string[] = []): string {
  const path = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const prefix = path ? `${path}.` : "";
    const there = known.length > 0 ? `. Known properties: ${known.join(", ")}` : "";
    return `${issue.keys.map((key) => `${prefix}${key}: unknown property`).join("; ")}${there}`;
  }
  if (isMissing(issue)) return `${path}: is required${issue.code === "invalid_type" ? ` (${issue.expected})` : ""}`;
  return path ? `${path}: ${issue.message}` : issue.message;
}

/** A custom error of a whole object is about several of its arguments. */
function classOf(issue: z.core.$ZodIssue): Failure {
  if (issue.code === "unrecognized_keys") return argumentErrors.unknown;
  if (isMissing(issue)) return argumentErrors.missing;
  if (issue.code === "invalid_type" || issue.code === "invalid_union") return argumentErrors.wrongType;
  const isOfObject = typeof issue.input === "object" && issue.input !== null && !Array.isArray(issue.input);
  return issue.code === "custom" && isOfObject ? argumentErrors.contradiction : argumentErrors.invalid;
}

function isMissing(issue: z.core.$ZodIssue): boolean {
  return issue.input === undefined && issue.path.length > 0;
}
