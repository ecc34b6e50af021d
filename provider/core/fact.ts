import type { Sh } from "./shell";

/**
 * Something that the provider observes on a host: one constant command and a pure parser. The command succeeds when the
 * object is absent, and fails when it cannot know. The provider never takes a failure for "absent".
 */
export interface Fact<T> {
  /** The name in errors. Name and command together identify the fact. */
  readonly name: string;
  readonly command: Sh;
  readonly parse: (output: string) => T;
  /** The value on a host that has just booted. Absent when the fact survives a reboot (tools, files). */
  readonly afterReboot?: T;
  /** The fact stays the same during a run, so that a run fetches it once. */
  readonly isStatic?: true;
}

/** The value types of a record of facts. */
export type Observed<F> = { [K in keyof F]: F[K] extends Fact<infer T> ? T : never };
