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
  /** How to observe some entries again. Only for a value that is a record of entries by name. */
  readonly part?: Part<T>;
}

/** Observes only some entries of a fact, so that a commit on a host with many objects does not observe all of them. */
export interface Part<T> {
  command(names: readonly string[]): Sh;
  /** Parses the entries that exist. */
  parse(output: string): T;
}

/** The names of the entries that a commit changes, by the name that the fact has in the kind. It changes nothing else. */
export type Touched = Readonly<Record<string, readonly string[]>>;

/** The value types of a record of facts. */
export type Observed<F> = { [K in keyof F]: F[K] extends Fact<infer T> ? T : never };
