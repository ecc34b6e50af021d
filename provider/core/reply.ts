import { z } from "zod";
import { isPrintable, printableLine } from "./printable";
import { explain } from "./validation-message";

/**
 * What a host replies is a stranger's word until a schema has read it. A fact reads its JSON with `json`, takes names
 * only in the shapes below, and gives what it found by name with `byName`. What does not fit throws: the caller says of
 * which fact and of which host (provider/reconcile/host-view.ts).
 */

/** One word that may be handed on, into a file or a command: no white space, no control character. */
export const word = z
  .string()
  .refine(
    (text) => text !== "" && !/\s/u.test(text) && isPrintable(text),
    "is not a name: it is empty, or has white space or a control character",
  );

/** dev_valid_name() in the kernel (net/core/dev.c), less control characters. A byte that is not UTF-8 counts as one. */
export const interfaceName = word.refine(
  (name) => name.length <= 15 && !/[/:]/.test(name) && name !== "." && name !== "..",
  "is not the name of an interface",
);

/** A line for the reader, such as a comment: a control character in it becomes a visible mark. */
export const line = z.string().transform(printableLine);

/** What a tool prints as JSON; nothing at all is `empty`. @throws when it is no JSON, or does not fit the schema */
export function json<T>(output: string, schema: z.ZodType<T>, empty: string): T {
  const result = schema.safeParse(parsed(output.trim() || empty), { reportInput: true });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(issue ? explain(issue) : "it does not fit");
}

/** What a tool prints for people: its lines, each as it may be shown. */
export function linesOf(output: string): string[] {
  return output.split("\n").map((line) => printableLine(line.replaceAll("\t", " ")));
}

/** The rest of each line that begins with the tag: what a fact's own command prints as `tag=value`. */
export function tagged(lines: readonly string[], tag: string): string[] {
  return lines.filter((line) => line.startsWith(tag)).map((line) => line.slice(tag.length));
}

/** What was found, by name. Without a prototype: a link may be called "constructor". */
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
