import type { Sh } from "./shell";

/**
 * Something that is observed on a host: one constant command and a pure parser. The command must succeed when the
 * thing is absent, and fail when it cannot be known: a failed look is never taken for "absent".
 */
export interface Fact<T> {
  /** Names it in errors; with the command it identifies the fact. */
  readonly name: string;
  readonly command: Sh;
  readonly parse: (output: string) => T;
  /** The value on a host that has just booted. Without it, the fact outlives a reboot (tools, files). */
  readonly nothing?: T;
  /** It does not change while something is waited for: one look at it serves the whole run. */
  readonly lasts?: true;
}

/** The value types of a record of facts. */
export type Observed<F> = { [K in keyof F]: F[K] extends Fact<infer T> ? T : never };
