/**
 * What becomes of a setting of the NIC when the NIC becomes a bridge's port: it goes over to the bridge, it stays with
 * the port, or it is dropped, because a setting of ours takes its place. A setting that is in no list is not understood,
 * and then the file is left as it is.
 */
export type Fate = "bridge" | "port" | "dropped";
export type Fates = ReadonlyMap<string, Fate>;

/** Each list is names with spaces between them. */
export function fates(lists: Partial<Record<Fate, string>>): Fates {
  return new Map(
    (["bridge", "port", "dropped"] as const).flatMap((fate) =>
      (lists[fate] ?? "").split(/\s+/).flatMap((name) => (name === "" ? [] : [[name, fate] as const])),
    ),
  );
}

/** Where in which file: `/etc/network/interfaces:12`. */
export function at(path: string, line: number): string {
  return `${path}:${line}`;
}

/** Why a file is left as it is: `what` is a setting, or the whole line. */
export function unknownTo(where: string, what: string): string {
  return `${where}: pulumi-kvm does not know what becomes of ${what} when the NIC is a bridge's port. Remove it, or make the bridge by hand`;
}

/** The name of a setting, without its value: that may be a secret. */
export function named(text: string): string {
  return `"${text.trim().split(/[\s=]/)[0]}"`;
}

/** A line that has no secrets, short enough for a message. */
export function quoted(text: string): string {
  const words = text.trim().replaceAll(/\s+/g, " ");
  return `"${words.length > 80 ? `${words.slice(0, 79)}…` : words}"`;
}

/** The first reason of several; later ones are only looked for when there is no earlier one. */
export function firstOf(reasons: readonly (() => string | undefined)[]): string | undefined {
  for (const reason of reasons) {
    const found = reason();
    if (found !== undefined) return found;
  }
  return undefined;
}
