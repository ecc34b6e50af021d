/**
 * The fate of a setting of the NIC when the NIC becomes a bridge port. It moves to the bridge, it stays with the port,
 * or it is dropped because one of our own settings replaces it. When a setting is in no list, the provider does not
 * understand it and does not change the file.
 */
export type Fate = "bridge" | "port" | "dropped";
export type Fates = ReadonlyMap<string, Fate>;

/** Each list has names, separated by spaces. */
export function fates(lists: Partial<Record<Fate, string>>): Fates {
  return new Map(
    (["bridge", "port", "dropped"] as const).flatMap((fate) =>
      (lists[fate] ?? "").split(/\s+/).flatMap((name) => (name === "" ? [] : [[name, fate] as const])),
    ),
  );
}

/** File and line: `/etc/network/interfaces:12`. */
export function at(path: string, line: number): string {
  return `${path}:${line}`;
}

/** Why the provider does not change a file. `what` is a setting, or the whole line. */
export function unknownTo(where: string, what: string): string {
  return `${where}: pulumi-kvm does not know how to move ${what} to the bridge. Remove it, or make the bridge by hand`;
}

/** The name of a setting, without its value, which may be a secret. */
export function named(text: string): string {
  return `"${text.trim().split(/[\s=]/)[0]}"`;
}

/** A whole line, shortened for a message. Only for a line that has no secrets. */
export function quoted(text: string): string {
  const words = text.trim().replaceAll(/\s+/g, " ");
  return `"${words.length > 80 ? `${words.slice(0, 79)}…` : words}"`;
}

/** The first reason. A later check runs only when the earlier ones find nothing. */
export function firstOf(reasons: readonly (() => string | undefined)[]): string | undefined {
  for (const reason of reasons) {
    const found = reason();
    if (found !== undefined) return found;
  }
  return undefined;
}
