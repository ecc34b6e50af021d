// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { type Kind, type Plan, run, steps, type Wanted } from "../core/kind";
import { sha256 } from "../core/names";
import { lines, sh } from "../core/shell";
import { removeTemporaries, writeFile } from "./atomic-write";
import { ownerPlan } from "./owner-record";
import { stateFolder } from "./paths";
import type { Records } from "./records.fact";

/**
 * The manifest is the recorded desired state of an object. It is on the host before the object, so that everybody who has
 * the owner's uid can find and delete what an interrupted run left.
 */

export interface Manifest {
  kind: string;
  want: Record<string, unknown>;
}

export function manifestPlan(kind: Kind, want: Wanted, records: Records): Plan {
  if (isRecorded(kind, want, records)) return [];
  const wish = writeFile(manifestPath(kind, want), manifest(kind, want), 0o600);
  return [...ownerPlan(want.host, records), ...steps(run("record the wish", wish))];
}

/** False for a state that has actual values from a refresh: those were never desired. */
export function isRecorded(kind: Kind, want: Wanted, records: Records): boolean {
  return records[manifestPath(kind, want)] === sha256(manifest(kind, want));
}

export function noManifestPlan(kind: Kind, want: Wanted, records: Records): Plan {
  const path = manifestPath(kind, want);
  return steps(path in records && run("forget the wish", lines(sh`rm -f ${path}`, tidy(want))));
}

export function manifestPath(kind: Kind, want: Wanted): string {
  return `${stateFolder}/objects/${want.host.uid}/${kind.name}.${want.name}.json`;
}

/** Leaves out the address of the host and secrets: a deletion needs neither. */
function manifest(kind: Kind, want: Wanted): string {
  const { host, ...rest } = want;
  const kept = Object.fromEntries(Object.entries(rest).filter(([key]) => !kind.secrets?.includes(key)));
  return `${JSON.stringify({ kind: kind.name, want: kept, stack: host.stack }, sorted)}\n`;
}

/** Sorts the keys, because the engine gives them in any order. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Removes empty folders. The shell looks first, because mostly they are not empty. */
function tidy(want: Wanted) {
  const own = `${stateFolder}/objects/${want.host.uid}`;
  return sh`
    set -- ${own}/*
    [ -e "$1" ] || ${removeTemporaries(own)}
    [ -e "$1" ] || rmdir ${own} ${`${stateFolder}/objects`} ${stateFolder} 2>/dev/null || :`;
}
