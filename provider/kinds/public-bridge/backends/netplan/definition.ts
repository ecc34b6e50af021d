import type { Origin } from "../../backend";
import { globMatches, isGlob } from "../../formats/glob";
import { type Definition, type Document, documentsOf } from "./document";

/** The definition of the NIC. It may be spread over several files. */
export interface Found {
  id: string;
  /** The files with a part of the definition, in the order in which netplan reads them. */
  paths: string[];
  /** All parts together. A later file wins, and lists are joined. */
  merged: Definition;
  /** The definition may match other NICs too, now or when one is plugged in. */
  isShared: boolean;
}

export function definitionOf(origin: Origin): Found | undefined {
  const all = definitionsIn(origin);
  // networkd knows which definition it used. A record of an older version lacks that, so we search as netplan does.
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

/** Whether networkd would also use the definition for a bridge of that name, before the bridge's own definition. */
export function takesBridge({ id, merged: { match }, isShared }: Found, bridge: string): boolean {
  const byName = match?.driver === undefined && (match?.name === undefined || matchesAny(`${match.name}`, bridge));
  return isShared && byName && order(id, bridge) < 0;
}

/** Compares two ids as networkd sorts the files that netplan makes. networkd uses the first file that matches. */
export function order(id: string, other: string): number {
  const [one, two] = [id, other].map((name) => `10-netplan-${name}.network`) as [string, string];
  return one < two ? -1 : one > two ? 1 : 0;
}

/** The true values of YAML 1.1, in upper or lower case. This is netplan's own list. */
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

/** networkd accepts several patterns, separated by spaces. A `!` before the first one negates them all. */
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
