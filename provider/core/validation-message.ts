import type { z } from "zod";

/** The error of an argument, with its path in the text: if we named the property, the engine would print its value. */
export function explain(issue: z.core.$ZodIssue, known: readonly string[] = []): string {
  const path = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const prefix = path ? `${path}.` : "";
    const there = known.length > 0 ? `; there are ${known.join(", ")}` : "";
    return issue.keys.map((key) => `${prefix}${key}: unknown property${there}`).join("; ");
  }
  if (issue.input === undefined && issue.path.length > 0)
    return `${path}: is required${issue.code === "invalid_type" ? ` (${issue.expected})` : ""}`;
  return path ? `${path}: ${issue.message}` : issue.message;
}
