import { z } from "zod";
import { isPrintable, printableLine } from "./printable";
import { explain } from "./validation-message";

/**
 * A reply of a host is untrusted until a schema has read it. A fact reads JSON with `json`, takes names only in the shapes
 * below, and returns maps made by `byName`. Anything else throws; provider/reconcile/host-view.ts adds the name of the
 * fact and of the host to the error.
 */

/** One word that is safe in a file or a command: no white space, no control character. */
export const word = z
  .string()
  .refine(
    (text) => text !== "" && !/\s/u.test(text) && isPrintable(text),
    "invalid name: it is empty, or has white space or a control character",
  );

/** As dev_valid_name() in the kernel (net/core/dev.c), and no control characters. A byte that is not UTF-8 is one. */
export const interfaceName = word.refine(
  (name) => name.length <= 15 && !/[/:]/.test(name) && name !== "." && name !== "..",
  "invalid interface name",
);

/** A line for people, such as a comment. Control characters become a visible mark. */
export const line = z.string().transform(printableLine);

/** JSON that a tool prints. `empty` stands for no output. @throws when it is not JSON, or does not fit the schema */
export function json<T>(output: string, schema: z.ZodType<T>, empty: string): T {
  const result = schema.safeParse(parsed(output.trim() || empty), { reportInput: true });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(issue ? explain(issue) : "it does not have the expected form");
}

/** The lines that a tool prints for people, safe to show. */
export function linesOf(output: string): string[] {
  return output.split("\n").map((line) => printableLine(line.replaceAll("\t", " ")));
}

/** The values of all lines `tag=value` that the command of a fact prints. */
export function tagged(lines: readonly string[], tag: string): string[] {
  return lines.filter((line) => line.startsWith(tag)).map((line) => line.slice(tag.length));
}

/**
 * The parts of an output that has a line `@name` before each part. The first part of a name counts. What comes before the
 * first such line has the name "".
 */
export function sectionsOf(output: string): ReadonlyMap<string, string> {
  const parts = ["", ...output.split(/^@(\S+)$/m)];
  const sections = new Map<string, string>();
  for (let i = 0; i + 1 < parts.length; i += 2)
    if (!sections.has(parts[i] ?? "")) sections.set(parts[i] ?? "", parts[i + 1] ?? "");
  return sections;
}

/** A map by name. It has no prototype, because a link may be called "constructor". */
export function byName<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.setPrototypeOf(Object.fromEntries(entries), null);
}

function parsed(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch (error) {
    throw new Error(`it is not JSON: ${(error as Error).message}`);
  }
}
