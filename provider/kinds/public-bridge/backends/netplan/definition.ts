import type { Origin } from "../../backend";
import { globMatches, isGlob } from "../../formats/glob";
import { type Definition, type Document, documentsOf } from "./document";

/** The definition that the NIC has, which may be spread over several files. */
export interface Found {
  id: string;
  /** The files that say something of it, the last one last. */
  paths: string[];
  /** Of several files the later one wins, and lists are joined. */
  merged: Definition;
  /** It may stand for other NICs as well, now or when one is plugged in. */
  isShared: boolean;
}

export function definitionOf(origin: Origin): Found | undefined {
  const all = definitionsIn(origin);
  // networkd knows which one it took; of an older record it is found as netplan would.
  const taken = all.find(({ id }) => id === origin.definition);
  const [first] = all.filter((one) => isOf(origin, one)).sort((one, other) => order(one.id, other.id));
  return taken ?? first;
}

export function definitionsIn(origin: Origin): Found[] {
  const documents = documentsOf(origin);
  const ids = new Set(documents.flatMap(({ network }) => Object.keys(network.ethernets ?? {})));
  ids.delete("renderer");
  return [...ids].map((id) => found(id, documents));
}

/** Whether it would also be taken for a bridge of that name, before the bridge's own. */
export function takesBridge({ id, merged: { match }, isShared }: Found, bridge: string): boolean {
  const byName = match?.driver === undefined && (match?.name === undefined || matchesAny(`${match.name}`, bridge));
  return isShared && byName && order(id, bridge) < 0;
}

/** As networkd sorts the files that netplan makes: the first that matches is taken. */
export function order(id: string, other: string): number {
  const [one, two] = [id, other].map((name) => `10-netplan-${name}.network`) as [string, string];
  return one < two ? -1 : one > two ? 1 : 0;
}

/** YAML 1.1, in any case: netplan's own list. */
export function isTrue(value: unknown): boolean {
  return /^(true|on|yes|y)$/i.test(`${value}`);
}

function found(id: string, documents: readonly Document[]): Found {
  const own = documents.filter(({ network }) => Object.hasOwn(network.ethernets ?? {}, id));
  const merged = own.reduce<Definition>((all, { network }) => join(all, network.ethernets?.[id] ?? {}), {});
  return { id, paths: own.map(({ path }) => path), merged, isShared: isShared(merged) };
}

function isOf({ nic, macAddress }: Origin, { id, merged }: Found): boolean {
  const { match, "set-name": name } = merged;
  if (name !== undefined) return name === nic;
  if (match === undefined || match === null) return id === nic;
  const { macaddress, name: pattern } = match;
  const hasMac = macaddress === undefined || `${macaddress}`.toLowerCase() === macAddress.toLowerCase();
  return hasMac && (pattern === undefined || matchesAny(`${pattern}`, nic));
}

function isShared({ match, "set-name": name }: Definition): boolean {
  if (match === undefined || match === null || name !== undefined || match.macaddress !== undefined) return false;
  return match.name === undefined || isGlob(`${match.name}`) || /\s|^!/.test(`${match.name}`);
}

/** networkd takes several with spaces between them, and a `!` before the first turns all round. */
function matchesAny(patterns: string, nic: string): boolean {
  const words = patterns.trim().replace(/^!/, "").split(/\s+/);
  return words.some((pattern) => globMatches(pattern, nic)) !== patterns.trim().startsWith("!");
}

function join(before: Definition, value: Definition): Definition {
  const all = { ...before };
  for (const [key, one] of Object.entries(value)) all[key] = joined(before[key], one);
  return all;
}

function joined(before: unknown, value: unknown): unknown {
  if (Array.isArray(before) && Array.isArray(value)) return [...before, ...value];
  if (isMapping(before) && isMapping(value)) return join(before, value);
  return value;
}

function isMapping(value: unknown): value is Definition {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
