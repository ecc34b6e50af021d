import { argumentErrors } from "./argument-errors";
import { CommandFailed } from "./errors";

/**
 * sh`…` is the only way to make a command for a host. It quotes every value, except one that sh`…` made. So a value from
 * a user or from a host can never become syntax.
 */

const brand: unique symbol = Symbol("sh");

/** A piece of POSIX shell. The brand is a symbol, so that JSON from outside cannot imitate it. */
export interface Sh {
  readonly [brand]: string;
}

export type ShValue = string | number | Sh | readonly ShValue[];

/**
 * Makes a command from a template. Quotes strings, takes finite numbers, makes words of arrays, and inserts Sh as it is.
 * Removes the indentation that all lines share, so that a script is readable in the source.
 */
export function sh(strings: TemplateStringsArray, ...values: ShValue[]): Sh {
  const literals = dedent(strings);
  return make(literals.map((literal, i) => literal + (i < values.length ? splice(values[i] as ShValue) : "")).join(""));
}

/** The text that goes to the host. */
export function text(script: Sh): string {
  return script[brand];
}

/** Joins scripts, each on a line of its own. */
export function lines(...scripts: readonly (Sh | false | undefined)[]): Sh {
  return make(scripts.filter(isSh).map(text).join("\n"));
}

/**
 * Indents all lines but the first one, for a place in another script that is indented. Only for scripts of our own: it
 * would also change a value that has several lines.
 */
export function indented(script: Sh, spaces: number): Sh {
  return make(text(script).replaceAll("\n", `\n${" ".repeat(spaces)}`));
}

/** One argument, quoted for a POSIX shell. @throws for NUL, which no argument can hold */
export function quote(value: string): string {
  if (value.includes("\0"))
    throw new CommandFailed(argumentErrors.unwritable("a text has a NUL byte, so it cannot be part of a command"));
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(value)) return value;
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** Shell text of our own, such as a stored script. Never use it for a value from a user or a host. */
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
  if (!Number.isFinite(value)) throw new Error(`${value} is not a finite number`);
  return String(value);
}

/** Looks only at literals. An inserted value keeps its lines. */
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
