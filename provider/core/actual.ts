/**
 * What a kind sees of its object on the host. It has one of three forms:
 *
 * - `absent`
 * - every argument, each with its actual value or `unseen`. The actual value undefined means "not set on the host": it is
 *   drift when the argument is set in the program.
 * - `differing({ … })`, from a kind that compares its object as a whole
 *
 * @example
 * actual: (want, { links }) => {
 *   const link = links[want.name];
 *   if (!isOwnLink(want, link, tapType)) return absent;
 *   return { up: link.up, bridge: link.master, mtu: want.mtu ? link.mtu : unseen, user: unseen };
 * }
 */
export type Actual<Want> = typeof absent | Seen<Want> | Differing<Want>;

/** The object does not exist, or it belongs to another owner. A refresh removes the resource from the state. */
export const absent: unique symbol = Symbol("absent");

/**
 * The host does not show this argument, or the argument says which object it is. The state keeps the desired value, so
 * that the argument never shows as drift.
 */
export const unseen: unique symbol = Symbol("unseen");

/** A new argument in the schema compiles only when the kind says here whether it sees it. */
type Seen<Want> = {
  readonly [Name in Exclude<keyof Want, OfEveryKind>]: Want[Name] | typeof unseen;
} & {
  /** Only from a kind without a boot script. For all others, the reconciler looks at the boot script. */
  readonly persistent?: boolean;
};

/** Arguments that no kind looks at: they say whose object it is, and how it is kept. */
type OfEveryKind = "host" | "path" | "name" | "persistent" | "adopt";

const differences: unique symbol = Symbol("differences");

interface Differing<Want> {
  readonly [differences]: Partial<Want>;
}

/** The object exists, and all its arguments are as desired except these, which have their actual values. */
export function differing<Want>(args: Partial<Want>): Differing<Want> {
  return { [differences]: args };
}

/** The actual values, without the arguments that keep their desired value. Undefined when the object is absent. */
export function actualArguments<Want>(actual: Actual<Want>): Partial<Want> | undefined {
  if (actual === absent) return undefined;
  if (differences in actual) return (actual as Differing<Want>)[differences];
  return Object.fromEntries(
    Object.entries<unknown>({ ...actual }).filter(([, value]) => value !== unseen),
  ) as Partial<Want>;
}
