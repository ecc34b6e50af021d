import { argumentErrors } from "../core/argument-errors";
import {
  CommandFailed,
  isMendable,
  PartiallyApplied,
  presentable,
  problemOf,
  Refused,
  retold,
  UserError,
  unable,
} from "../core/errors";
import type { HostRef } from "../core/host-ref";
import { hostRef, type Kind, type Wanted } from "../core/kind";
import { newRevision } from "../core/names";
import { tell } from "../core/printable";
import { coded, type Problem } from "../core/problem";
import { explain } from "../core/validation-message";
import { kindOf } from "../kinds";
import { reconcileErrors } from "../reconcile/errors";
import type { HostView } from "../reconcile/host-view";
import { latestView, pin, viewAt } from "../reconcile/host-views";
import { describe, ensure, factsOf, remove } from "../reconcile/reconcile";
import { asFailures, checkArguments } from "./check";
import { difference } from "./diff";
import { machineErrors, programErrors } from "./errors";
import { hostPresence, verifyMachineIdentity } from "./host-presence";
import { missingFiles } from "./local-files";
import { sweepOrphans } from "./orphans";
import { takenValues } from "./uniqueness";

/**
 * What Pulumi calls, for all kinds. It takes the name of a kind and plain JSON, and returns plain JSON. It knows nothing
 * of dynamic providers.
 */

type Properties = Record<string, unknown>;

export function lifecycle(name: string) {
  const kind = known(name);
  return {
    check: (olds: Properties, news: Properties) => guarded(async () => check(kind, olds ?? {}, news)),
    diff: (_id: string, olds: Properties, news: Properties) => guarded(async () => difference(kind, olds, news)),
    create: (news: Properties) => guarded(() => titled("create", kind, news, () => create(kind, news))),
    read: (id: string, properties: Properties) =>
      guarded(() => titled("read", kind, properties, () => read(kind, id, properties))),
    update: (_id: string, olds: Properties, news: Properties) =>
      guarded(() => titled("update", kind, news, () => update(kind, olds, news))),
    delete: (_id: string, properties: Properties) =>
      guarded(() => titled("delete", kind, properties, () => destroy(kind, properties))),
  };
}

async function check(kind: Kind, olds: Properties, news: Properties) {
  const { inputs, failures } = checkArguments(kind, olds, news);
  if (failures.length > 0) return { inputs, failures };
  return { inputs, failures: asFailures([...takenValues(kind, inputs), ...(await missingFiles(kind, olds, inputs))]) };
}

async function create(kind: Kind, news: Properties) {
  const { id, properties } = await createOrUpdate(kind, news);
  return { id, outs: properties };
}

async function update(kind: Kind, olds: Properties, news: Properties) {
  pinnedBy(olds);
  const { properties } = await createOrUpdate(kind, news, olds);
  return { outs: properties };
}

/** An import gives only a name. Without the host and the arguments, nothing can be read. */
function noImport(kind: Kind, id: string): Problem {
  const instead =
    "adopt" in kind.schema.shape ? "set adopt: true, which takes the existing object over" : "give it its arguments";
  return argumentErrors.noImport(
    `Unable to import ${kind.name} ${id}: its name does not tell the host. Remove the option import, and ${instead}`,
  );
}

/** Returns an empty id when the object is absent. Throws when the host does not answer. */
async function read(kind: Kind, id: string, properties: Properties) {
  if (properties.host === undefined) throw new UserError(noImport(kind, id));
  if (kind.readOnly) return { id, props: properties };
  const want = wish(kind, properties);
  const where = await hostPresence(want.host);
  if (where === "gone") return { id: "", props: {} };
  if (where === "stopped") return { id, props: properties };
  const seen = await viewAt(want.host).observe(factsOf(kind, want));
  verifyMachineIdentity(kind, want, properties, seen);
  const found = describe(kind, want, seen);
  if (!found) return { id: "", props: {} };
  for (const warning of kind.warns?.(want, seen) ?? [])
    tell(`${kind.name} ${want.path} on ${want.host.name}: ${coded(warning)}`);
  const { revision } = properties;
  return { id, props: plain({ ...found.actual, ...found.outputs, revision }), inputs: plain(found.actual) };
}

async function destroy(kind: Kind, properties: Properties) {
  if (kind.readOnly) return;
  const want = wish(kind, properties);
  const where = await hostPresence(want.host);
  if (where === "gone") return;
  if (where === "stopped")
    throw new CommandFailed(
      machineErrors.stopped("the guest that holds it is stopped. Start the guest, or delete the whole guest"),
    );
  const view = viewAt(want.host);
  verifyMachineIdentity(kind, want, properties, await view.observe(factsOf(kind, want)));
  if (kind.name === "Host") await sweepOrphans(view, want.host);
  await remove(view, kind, want);
}

/** Create and update are the same operation. */
async function createOrUpdate(
  kind: Kind,
  news: Properties,
  olds?: Properties,
): Promise<{ id: string; properties: Properties }> {
  const want = wish(kind, news);
  const view = latestView(want.host);
  if (!kind.readOnly) verifyMachineIdentity(kind, want, olds, await view.observe(factsOf(kind, want)));
  try {
    const found = describe(kind, want, await ensure(view, kind, want));
    if (!found) throw new CommandFailed(reconcileErrors.notReached(goneAgain(kind, want)));
    return { id: want.name, properties: plain({ ...found.actual, ...found.outputs, revision: newRevision() }) };
  } catch (error) {
    throw await partly(view, kind, want, news, error);
  }
}

function goneAgain({ name }: Kind, want: Wanted): string {
  return unable("create", name, want.path, want.host.name, "another program deleted it at once. Find that program");
}

/**
 * When this run made a part of the object, the state must know it, or a later delete would not find it. A refused object
 * was not made by this run: if the state knew it, a delete would remove the object of another owner.
 */
async function partly(view: HostView, kind: Kind, want: Wanted, news: Properties, error: unknown): Promise<unknown> {
  if (!(error instanceof CommandFailed) || error instanceof Refused || kind.noManifest) return error;
  try {
    const found = describe(kind, want, await view.observeAnew(factsOf(kind, want)));
    if (!found) return error;
    const properties = { ...plain({ ...found.actual, ...found.outputs }), __provider: news.__provider };
    return new PartiallyApplied(problemOf(error), want.name, properties);
  } catch {
    return error;
  }
}

/**
 * The state has arguments and outputs side by side; only the arguments are desired. Host and name become parts of paths
 * on the host, so that an edited state must not lead elsewhere.
 */
function wish(kind: Kind, properties: Properties): Wanted {
  const problem = hostRef.safeParse(properties.host, { reportInput: true }).error?.issues[0];
  if (problem) throw new UserError(programErrors.editedState(`the state has an invalid host: ${explain(problem)}`));
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(String(properties.name)) && kind.name !== "Host")
    throw new UserError(programErrors.editedState(`the state has an invalid name ${JSON.stringify(properties.name)}`));
  pinnedBy(properties);
  const known = Object.keys(kind.schema.shape);
  return Object.fromEntries(Object.entries(properties).filter(([key]) => known.includes(key))) as unknown as Wanted;
}

/** A Host that exists is identified by its host key. */
function pinnedBy(properties: Properties): void {
  const { host, pinnedKey } = properties as { host?: HostRef; pinnedKey?: string };
  if (host && pinnedKey) pin(host, pinnedKey);
}

/** Plain JSON. With any other value the engine fails after the side effects, and the object is orphaned. */
function plain(record: object): Properties {
  return JSON.parse(JSON.stringify(record));
}

function known(name: string): Kind {
  try {
    return kindOf(name);
  } catch (error) {
    throw presentable(error);
  }
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw presentable(error);
  }
}

/** Adds the operation and the resource to an error of the transport. */
async function titled<T>(verb: string, kind: Kind, properties: Properties, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { host, path } = properties as { host?: HostRef; path?: string };
    if (!isMendable(error) || error.message.startsWith("Unable to ")) throw error;
    throw retold(error, unable(verb, kind.name, path ?? "", host?.name ?? "its host", error.message));
  }
}
