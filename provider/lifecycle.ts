import { checkArguments } from "./check";
import { describe, ensure, factsOf, remove } from "./converge";
import { difference } from "./diff";
import { CommandFailed, isMendable, PartiallyApplied, presentable, Refused, retold, unable } from "./errors";
import type { HostRef, Kind, Wanted } from "./kind";
import { kindOf } from "./kinds";
import { newRevision } from "./names";
import { presence, recognise } from "./presence";
import { printable, tell } from "./printable";
import { latestView, pin, viewAt } from "./reach";
import type { HostView } from "./snapshot";
import { sweep } from "./sweep";
import { taken } from "./unique";

/**
 * The only door that Pulumi comes through, once for all kinds. It does not know that a dynamic provider stands before
 * it: kinds by name, plain JSON in and out.
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

function check(kind: Kind, olds: Properties, news: Properties) {
  const { inputs, failures } = checkArguments(kind, olds, news);
  const reasons = failures.length > 0 ? failures.map(({ reason }) => reason) : taken(kind, inputs);
  return { inputs, failures: reasons.map((reason) => ({ property: "", reason: printable(reason) })) };
}

async function create(kind: Kind, news: Properties) {
  const { id, properties } = await settle(kind, news);
  return { id, outs: properties };
}

async function update(kind: Kind, olds: Properties, news: Properties) {
  pinnedBy(olds);
  const { properties } = await settle(kind, news, olds);
  return { outs: properties };
}

/** Gone is an empty id; a host that does not answer throws. */
async function read(kind: Kind, id: string, properties: Properties) {
  if (kind.observesOnly) return { id, props: properties };
  const want = wish(kind, properties);
  const where = await presence(want.host);
  if (where === "gone") return { id: "", props: {} };
  if (where === "stopped") return { id, props: properties };
  const seen = await viewAt(want.host).observe(factsOf(kind, want));
  recognise(kind, want, properties, seen);
  const found = describe(kind, want, seen);
  if (!found) return { id: "", props: {} };
  for (const { text } of kind.warns?.(want, seen) ?? [])
    tell(`${kind.name} ${want.path} on ${want.host.name}: ${text}`);
  const { revision } = properties;
  return { id, props: plain({ ...found.actual, ...found.outputs, revision }), inputs: plain(found.actual) };
}

async function destroy(kind: Kind, properties: Properties) {
  if (kind.observesOnly) return;
  const want = wish(kind, properties);
  const where = await presence(want.host);
  if (where === "gone") return;
  if (where === "stopped")
    throw new CommandFailed("the guest is stopped, and what is inside it stays. Start it, or remove it whole");
  const view = viewAt(want.host);
  recognise(kind, want, properties, await view.observe(factsOf(kind, want)));
  if (kind.name === "Host") await sweep(view, want.host);
  await remove(view, kind, want);
}

/** Create and update are the same thing. */
async function settle(
  kind: Kind,
  news: Properties,
  olds?: Properties,
): Promise<{ id: string; properties: Properties }> {
  const want = wish(kind, news);
  const view = latestView(want.host);
  if (!kind.observesOnly) recognise(kind, want, olds, await view.observe(factsOf(kind, want)));
  try {
    const found = describe(kind, want, await ensure(view, kind, want));
    if (!found) throw new CommandFailed(`${kind.name} ${want.name} is gone again`);
    return { id: want.name, properties: plain({ ...found.actual, ...found.outputs, revision: newRevision() }) };
  } catch (error) {
    throw await partly(view, kind, want, news, error);
  }
}

/**
 * When this run has made a part of it, the state must know it: else a later delete would not find it. What was refused
 * was not made by this run, whatever stands there: a delete by the state would take it away.
 */
async function partly(view: HostView, kind: Kind, want: Wanted, news: Properties, error: unknown): Promise<unknown> {
  if (!(error instanceof CommandFailed) || error instanceof Refused || kind.unrecorded) return error;
  try {
    const found = describe(kind, want, await view.observeAnew(factsOf(kind, want)));
    if (!found) return error;
    const properties = { ...plain({ ...found.actual, ...found.outputs }), __provider: news.__provider };
    return new PartiallyApplied(error.message, want.name, properties);
  } catch {
    return error;
  }
}

/** The state holds arguments and outputs side by side; only the arguments are the wish. */
function wish(kind: Kind, properties: Properties): Wanted {
  pinnedBy(properties);
  const known = Object.keys(kind.schema.shape);
  return Object.fromEntries(Object.entries(properties).filter(([key]) => known.includes(key))) as unknown as Wanted;
}

/** A Host that has been made is known by its key. */
function pinnedBy(properties: Properties): void {
  const { host, pinnedKey } = properties as { host?: HostRef; pinnedKey?: string };
  if (host && pinnedKey) pin(host, pinnedKey);
}

/** Plain JSON: anything else makes the engine fail after the side effects, and orphans the object. */
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

/** The transport knows the reason; what was being done, and to what, is known here. */
async function titled<T>(verb: string, kind: Kind, properties: Properties, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { host, path } = properties as { host?: HostRef; path?: string };
    if (!isMendable(error) || error.message.startsWith("Unable to ")) throw error;
    throw retold(error, unable(verb, kind.name, path ?? "", host?.name ?? "its host", error.message));
  }
}
