import { isDeepStrictEqual } from "node:util";
import type { HostRef, Kind } from "../core/kind";
import { isUnknown } from "../core/unknown";

export interface Difference {
  changes: boolean;
  replaces: string[];
  deleteBeforeReplace: boolean;
}

/**
 * What is wished against what the state has, from arguments alone, without the host. The state's outputs hold each
 * argument under its own name, as it really was at the last look.
 */
export function difference(kind: Kind, olds: Record<string, unknown>, news: Record<string, unknown>): Difference {
  // What an old state holds and the arguments no longer do is a change too.
  const keys = new Set([...Object.keys(news), ...Object.keys(kind.schema.shape)]);
  keys.delete("__provider");
  const changed = [...keys].filter((key) => !isDeepStrictEqual(olds[key], asFarAsKnown(key, olds, news)));
  const replaces = changed.filter((key) => needsReplacement(kind, key, olds[key], news[key]));
  return { changes: changed.length > 0, replaces, deleteBeforeReplace: !kind.createBeforeDelete };
}

/**
 * Where a guest answers, with which key and machine id, is learnt anew whenever something is done to the guest, and is
 * the same afterwards unless its disk is another: no reason to announce a change of all that is inside it.
 */
function asFarAsKnown(key: string, olds: Record<string, unknown>, news: Record<string, unknown>): unknown {
  const [old, wished] = [olds[key], news[key]] as [Partial<HostRef> | undefined, Partial<HostRef> | undefined];
  if (key !== "host" || !old?.carrier || !wished?.carrier || isUnknown(wished.carrier)) return wished;
  const learnt = (["address", "hostKey", "machineId"] as const).filter((field) => isUnknown(wished[field]));
  return { ...wished, ...Object.fromEntries(learnt.map((field) => [field, old[field]])) };
}

/** What is not known yet may turn out the same: it never replaces. */
function needsReplacement(kind: Kind, key: string, old: unknown, wished: unknown): boolean {
  if (isUnknown(wished)) return false;
  if (key === "host") return !isDeepStrictEqual(identityOf(old), identityOf(wished));
  return kind.impact[key] === "replace";
}

/** Whose objects they are; and what is made inside a guest lives on its first disk. */
function identityOf(host: unknown): unknown {
  const { uid, carrier } = (host ?? {}) as Partial<HostRef>;
  return [uid, carrier?.disk];
}
