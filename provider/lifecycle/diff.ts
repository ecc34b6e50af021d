import { isDeepStrictEqual } from "node:util";
import type { HostRef } from "../core/host-ref";
import type { Kind } from "../core/kind";
import { isUnknown } from "../core/unknown";

export interface Difference {
  changes: boolean;
  replaces: string[];
  deleteBeforeReplace: boolean;
}

/**
 * Compares desired arguments with the state, without the host. The outputs in the state have each argument by its name,
 * with its actual value at the last look.
 */
export function difference(kind: Kind, olds: Record<string, unknown>, news: Record<string, unknown>): Difference {
  // An argument that is only in the state is a change too.
  const keys = new Set([...Object.keys(news), ...Object.keys(kind.schema.shape)]);
  keys.delete("__provider");
  const changed = [...keys].filter((key) => !isDeepStrictEqual(olds[key], asFarAsKnown(key, olds, news)));
  const replaces = changed.filter((key) => needsReplacement(kind, key, olds[key], news[key]));
  return { changes: changed.length > 0, replaces, deleteBeforeReplace: !kind.createBeforeDelete };
}

/**
 * Address, host key and machine id of a guest are learnt again after each change of the guest. They stay the same unless
 * its disk is new, so that a preview does not announce a change of everything inside the guest.
 */
function asFarAsKnown(key: string, olds: Record<string, unknown>, news: Record<string, unknown>): unknown {
  const [old, wished] = [olds[key], news[key]] as [Partial<HostRef> | undefined, Partial<HostRef> | undefined];
  if (key !== "host" || !old?.carrier || !wished?.carrier || isUnknown(wished.carrier)) return wished;
  const learnt = (["address", "hostKey", "machineId"] as const).filter((field) => isUnknown(wished[field]));
  return { ...wished, ...Object.fromEntries(learnt.map((field) => [field, old[field]])) };
}

/** A value that is not known yet may turn out to be the same. It never causes a replacement. */
function needsReplacement(kind: Kind, key: string, old: unknown, wished: unknown): boolean {
  if (isUnknown(wished)) return false;
  if (key === "host") return !isDeepStrictEqual(identityOf(old), identityOf(wished));
  return kind.impact[key] === "replace";
}

/** What identifies a host: the owner, and for a guest its first disk, which holds the objects inside it. */
function identityOf(host: unknown): unknown {
  const { uid, carrier } = (host ?? {}) as Partial<HostRef>;
  return [uid, carrier?.disk];
}
