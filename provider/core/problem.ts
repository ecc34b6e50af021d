/**
 * Each kind of failure has a stable code. A domain describes its kinds of failure in its own errors.ts, by `errors` and
 * `warnings`. An entry is a function from a text to a problem, and everything that a user sees starts as a problem. So a
 * text without a code does not compile. docs/errors.md has all entries.
 */

export type Severity = "error" | "warning";

declare const severity: unique symbol;

/** A code such as "KVM4001". Only an entry has one. It never gets another meaning. */
export type Code<S extends Severity = Severity> = string & { readonly [severity]: S };

/** A text for the user, and the code of its kind. */
export interface Problem<S extends Severity = "error"> {
  readonly code: Code<S>;
  /** "<what is wrong>: <why>. <what to do>", without the code. */
  readonly text: string;
}

/** What docs/errors.md says about a kind of failure. */
export interface Description {
  title: string;
  cause: string;
  remedy: string;
}

/** A kind of failure. A call with a text makes the problem. */
export interface Entry<S extends Severity> extends Readonly<Description> {
  (text: string): Problem<S>;
  readonly code: Code<S>;
  readonly severity: S;
  readonly domain: string;
  /** The beginning of all codes of the domain. */
  readonly range: string;
}

export type Failure = Entry<"error">;
export type Warning = Entry<"warning">;

type Described<Range extends string, Name extends string> = Record<Name, Description & { code: `${Range}${number}` }>;

/**
 * The kinds of failure of a domain.
 * @param range the beginning of all codes of the domain
 * @example
 * export const linkErrors = errors("Bridges and taps", "KVM40", {
 *   wrongType: { code: "KVM4001", title: "…", cause: "…", remedy: "…" },
 * });
 */
export function errors<Range extends string, Name extends string>(
  domain: string,
  range: Range,
  described: Described<Range, Name>,
): Record<Name, Failure> {
  return entries("error", domain, range, described);
}

/** The warnings of a domain. Their codes end in 50 to 99. */
export function warnings<Range extends string, Name extends string>(
  domain: string,
  range: Range,
  described: Described<Range, Name>,
): Record<Name, Warning> {
  return entries("warning", domain, range, described);
}

/**
 * The text with its code at the end of the first line: what follows may be a long log. A text that has the code already
 * stays as it is, because an error may pass here more than once.
 */
export function coded({ code, text }: Problem<Severity>): string {
  const mark = `[${code}]`;
  return text.includes(mark) ? text : text.replace(/\r?\n|$/, (end) => ` ${mark}${end}`);
}

/** Several problems in one text. Each code appears once, after all problems of its kind. */
export function together([first, ...others]: readonly [Problem, ...Problem[]]): Problem {
  const all = [first, ...others];
  const codes = [...new Set(all.map(({ code }) => code))];
  const ofCode = (code: Code) => all.filter((one) => one.code === code).map(({ text }) => text);
  const texts = codes.map((code) => ({ code, text: ofCode(code).join("; ") }));
  return { code: first.code, text: texts.length > 1 ? texts.map(coded).join("; ") : (texts[0]?.text ?? "") };
}

function entries<S extends Severity, Name extends string>(
  severity: S,
  domain: string,
  range: string,
  described: Described<string, Name>,
): Record<Name, Entry<S>> {
  const all = Object.entries<Description & { code: string }>(described);
  return Object.fromEntries(
    all.map(([name, description]) => {
      const code = description.code as Code<S>;
      return [
        name,
        Object.assign((text: string) => ({ code, text }), { severity, domain, range, ...description, code }),
      ];
    }),
  ) as Record<Name, Entry<S>>;
}
