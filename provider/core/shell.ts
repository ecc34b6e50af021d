import { CommandFailed } from "./errors";

/**
 * sh`…` is the only way to make a command for a host. Every value that is spliced in is quoted, unless it is itself
 * made by sh`…`; so a value from a user or from a host can never become syntax.
 */

const brand: unique symbol = Symbol("sh");

/** A piece of POSIX shell. The brand is a symbol, so that no JSON from outside can pretend to be one. */
export interface Sh {
  readonly [brand]: string;
}

export type ShValue = string | number | Sh | readonly ShValue[];

/**
 * A command from a template. Strings are quoted, numbers must be finite, arrays become words, Sh is spliced as it is.
 * Leading indentation that all lines share is dropped, so that a script reads well where it is written.
 */
export function sh(strings: TemplateStringsArray, ...values: ShValue[]): Sh {
  const literals = dedent(strings);
  return make(literals.map((literal, i) => literal + (i < values.length ? splice(values[i] as ShValue) : "")).join(""));
}

/** The text that goes to the host. */
export function text(script: Sh): string {
  return script[brand];
}

/** One after the other, each on a line of its own. */
export function lines(...scripts: readonly (Sh | false | undefined)[]): Sh {
  return make(scripts.filter(isSh).map(text).join("\n"));
}

/** One argument, quoted for a POSIX shell. @throws for NUL, which no argument can hold */
export function quote(value: string): string {
  if (value.includes("\0")) throw new CommandFailed("a text with a NUL byte in it cannot be a part of a command");
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(value)) return value;
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** Text of ours that is already shell, such as a stored script. Never for a value from a user or a host. */
export function trusted(script: string): Sh {
  return make(script);
}

export function isSh(value: unknown): value is Sh {
  return typeof value === "object" && value !== null && brand in value;
}

function make(script: string): Sh {
  return { [brand]: script };
}

function splice(value: ShValue): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return number(value);
  if (isSh(value)) return text(value);
  return value.map(splice).join(" ");
}

function number(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`${value} is no number for a shell`);
  return String(value);
}

/** Only literals are looked at: a spliced value keeps its own lines. */
function dedent(strings: TemplateStringsArray): string[] {
  const [first = "", ...rest] = strings;
  if (!first.startsWith("\n")) return [...strings];
  const indents = strings.flatMap((part) => [...part.matchAll(/\n([ \t]*)(?=[^\s]|$)/g)].map((m) => m[1]?.length ?? 0));
  const indent = Math.min(...indents.slice(0, -1), indents.at(-1) ?? 0);
  const strip = (part: string) => part.replaceAll(new RegExp(`\\n[ \\t]{0,${indent}}`, "g"), "\n");
  const stripped = [first, ...rest].map(strip);
  stripped[0] = (stripped[0] ?? "").slice(1);
  stripped.push((stripped.pop() ?? "").trimEnd());
  return stripped;
}
