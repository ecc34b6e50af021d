import type { HostRef } from "../core/host-ref";
import type { Kind, Wanted } from "../core/kind";
import type { Problem } from "../core/problem";
import { isUnknown, knownOf } from "../core/unknown";
import { programErrors } from "./errors";

/** The holder of each unique value in this run. Each process sees the arguments of all resources, one by one. */
const holders = new Map<string, string>();
/** The bridge of each link, by the arguments of the link. A resource comes after those that it refers to. */
const networks = new Map<string, string>();

/** Values that another resource on the host has already. A preview reports them: "nics.0.macAddress: Guest one has … too". */
export function takenValues(kind: Kind, inputs: Record<string, unknown>): Problem[] {
  const { host, path } = inputs as { host?: HostRef; path?: string };
  if (!host || isUnknown(host.name) || isUnknown(path)) return [];
  const want = knownOf(inputs) as unknown as Wanted;
  const there = (name: string) => `${host.name} ${name}`;
  for (const [link, network] of Object.entries(kind.bridgeOf?.(want) ?? {})) networks.set(there(link), network);
  const self = `${kind.name} ${path}`;
  const unique = kind.unique?.(want, (link) => networks.get(there(link))) ?? {};
  return Object.entries(unique).flatMap(([property, value]) => {
    if (isUnknown(value)) return [];
    const holder = holders.get(there(value)) ?? self;
    holders.set(there(value), holder);
    if (holder === self) return [];
    return [programErrors.taken(`${property}: ${holder} has ${value} too. Give one of them another value`)];
  });
}
