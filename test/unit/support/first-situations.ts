import { isDeepStrictEqual } from "node:util";
import type { HostRef } from "../../../provider/core/host-ref";
import type { Kind, Wanted } from "../../../provider/core/kind";
import { stateFolder } from "../../../provider/host-state/paths";
import { type Seen, viewOf } from "../../../provider/reconcile/host-view";
import { ensure } from "../../../provider/reconcile/reconcile";
import { cases } from "../../contract/cases";
import { fakeMachine } from "../../fake/machine";
import { transportTo } from "../../fake/transport";
import { checked, type Given } from "./given";

/** A situation of a resource, and what its kind answers: test/fixtures/plans/<Kind>/<case>.json. */
export interface PlanFixture {
  /** Arguments as a program gives them. */
  args: Given;
  /** The facts that differ from a host that has just booted. A record "= text" is the hash of a file with that text. */
  facts?: Given;
  /** Errors of check in a preview. Then the fixture has no more fields. */
  failures?: string[];
  /** The steps from the actual to the desired state. */
  steps?: string[];
  /** The steps that delete the resource. */
  absent?: string[];
  /** The arguments as they are on the host. Null when the resource is absent. */
  actual?: Given | null;
}

/** The situations that every kind has, from its test data and a fake host. They are the beginning of its fixtures. */
export async function firstSituations(kind: Kind): Promise<Record<string, PlanFixture>> {
  const { args, change, seed } = cases[kind.name] ?? { args: {}, change: {} };
  const machine = fakeMachine();
  seed?.(machine);
  const view = () => viewOf(fixtureHost, async () => transportTo(machine));
  const wanted = () => checked<Wanted>(kind.name, "web", { host: fixtureHost, ...args });
  const want = wanted();
  // The names of some kinds have a random part.
  const named = want.name === wanted().name ? args : { name: want.name, ...args };
  const facts = async () => differing(kind, want, (await view().observeAnew(kind.facts(want))) as Seen);
  const before = await facts();
  await ensure(view(), kind, want);
  const after = await facts();
  machine.remove();
  return {
    new: { args: named, ...(Object.keys(before).length > 0 && { facts: before }) },
    "as-desired": { args: named, facts: after },
    changed: { args: { ...named, ...change }, facts: after },
  };
}

/** The host of all fixtures of plans. */
export const fixtureHost: HostRef = { name: "tower", uid: "aaaaaaaaaa", stack: "lab/dev" };

/** The facts that a host does not have when it has just booted. Of our records, only those that plans read. */
function differing(kind: Kind, want: Wanted, seen: Seen): Given {
  const own = Object.entries(kind.facts(want)).filter(([name]) => name !== "records");
  const facts = own.flatMap(([name, { afterReboot }]) => {
    const value = structuredClone(seen[name as keyof Seen]);
    return isDeepStrictEqual(value, structuredClone(afterReboot)) ? [] : [[name, value]];
  });
  const records = Object.entries((seen as { records?: object }).records ?? {});
  const shared = records.filter(([path]) => path.startsWith(`${stateFolder}/shared/`));
  return { ...Object.fromEntries(facts), ...(shared.length > 0 && { records: Object.fromEntries(shared) }) };
}
