import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import DataLoader from "dataloader";
import { argumentErrors } from "../core/argument-errors";
import { CommandFailed, UserError } from "../core/errors";
import type { Fact, Observed, Touched } from "../core/fact";
import { keyOf } from "../core/fact-key";
import type { HostRef } from "../core/host-ref";
import type { Change, Connection, Facts, Put } from "../core/kind";
import { tell } from "../core/printable";
import { text } from "../core/shell";
import { runNetworkChange } from "../network-change/client";
import type { Transport } from "../transport/transport";
import type { CommitResult, Member, MemberResult } from "./commit-script";
import { reconcileErrors } from "./errors";
import { groupCommit } from "./group-commit";
import { type Look, partialLooks, wholeLooks, withEntries } from "./looks";
import { readWriteLock } from "./read-write-lock";
import { send } from "./send";

/**
 * A cache of one host during a run. It fetches each fact once for all resources, and each of our commits refreshes it.
 * Merging concurrent calls would not be enough, because the engine makes only about four calls per core at a time.
 */
export interface HostView {
  observe<F extends Facts>(facts: F): Promise<Seen<F>>;
  /** Fetches all facts again except static ones. For waiting for something that changes on its own. */
  observeAnew<F extends Facts>(facts: F): Promise<Seen<F>>;
  /**
   * Runs the steps under the host's lock, in one script with the steps of other resources that wait.
   * @param facts what the resource needs to know afterwards
   * @param touched what of them the steps change, when they change nothing else
   */
  commit(member: Member, facts: Facts, touched?: Touched): Promise<MemberResult>;
  /** Uploads a local file, without the lock. */
  put(step: Put): Promise<void>;
  /** Changes the host's own network while nothing else runs. Throws when the host rolled it back. */
  change(step: Change): Promise<void>;
}

/** The facts, and the host key of the connection that fetched them. */
export type Seen<F extends Facts = Facts> = Observed<F> & { connection: Connection };

/**
 * @param reach connects, or returns the open connection; called before each script
 * @param reachAnew logs in again, to prove that a login works
 */
export function viewOf(
  host: HostRef,
  reach: () => Promise<Transport>,
  reachAnew: (withinSeconds: number) => Promise<Transport> = reach,
): HostView {
  const { shared, alone } = readWriteLock();
  const known = new Map<string, Promise<unknown>>();
  let turn = 0;
  const fetching = new DataLoader<Fact<unknown>, unknown, string>((facts) => shared(() => fetch(reach, host, facts)), {
    cache: false,
    cacheKeyFn: keyOf,
    maxBatchSize: 64,
  });
  const look = (fact: Fact<unknown>) => remember(known, keyOf(fact), fetching.load(fact));
  const queue = groupCommit(async (members, claims) => {
    const parts = turn > 0 ? partialLooks(claims) : undefined;
    const looks = parts ?? wholeLooks(claims);
    const asked = looks.map((look) => look.asked);
    const result = await shared(async () => send(await reach(), members, asked)).catch((error) => {
      known.clear();
      throw error;
    });
    // Replies may overtake each other. The facts of an earlier commit must not replace those of a later one. With a gap,
    // another run has changed the host meanwhile, so that all cached facts are old. A restart of the host begins anew.
    const [isNext, isLatest] = [result.turn === turn + 1, result.turn > turn];
    turn = result.turn;
    if (!(parts && isNext && result.end === "whole")) known.clear();
    if (isLatest && result.end === "whole")
      for (const [i, look] of looks.entries()) rememberLook(known, look, parsed(look.asked, host, result, i));
    return result.members;
  });
  return {
    observe: (facts) => all(facts, (fact) => known.get(keyOf(fact)) ?? look(fact), reach),
    observeAnew: (facts) => all(facts, (fact) => (fact.isStatic && known.get(keyOf(fact))) || look(fact), reach),
    commit: (member, facts, touched) => queue(member, { facts, touched }),
    put: (step) => shared(() => upload(reach, step)),
    change: (step) => alone(() => runNetworkChange(step, { reach, reachAnew })).finally(() => known.clear()),
  };
}

/** Entries complete the cached fact. Without one, the next reader fetches the whole fact. */
function rememberLook(known: Map<string, Promise<unknown>>, { key, names }: Look, found: Promise<unknown>): void {
  if (!names) return void remember(known, key, found);
  const before = known.get(key);
  if (before)
    remember(
      known,
      key,
      Promise.all([before, found]).then(([b, f]) => withEntries(b, names, f)),
    );
  else found.catch(() => {});
}

/** Does not cache a failure: the next caller fetches the fact again. */
function remember(known: Map<string, Promise<unknown>>, key: string, value: Promise<unknown>): Promise<unknown> {
  known.set(key, value);
  value.catch(() => known.get(key) === value && known.delete(key));
  return value;
}

async function all<F extends Facts>(
  facts: F,
  look: (fact: Fact<unknown>) => Promise<unknown>,
  reach: () => Promise<Transport>,
): Promise<Seen<F>> {
  const entries = Object.entries(facts).map(async ([name, fact]) => [name, await look(fact)] as const);
  const [{ hostKey }, ...found] = await Promise.all([reach(), ...entries]);
  return { ...Object.fromEntries(found), connection: { hostKey } } as Seen<F>;
}

async function fetch(
  reach: () => Promise<Transport>,
  host: HostRef,
  facts: readonly Fact<unknown>[],
): Promise<unknown[]> {
  const result = await send(await reach(), [], facts);
  const seen = facts.slice(0, result.facts.length);
  const found = await Promise.all(
    seen.map((fact, i) => parsed(fact, host, result, i).catch((error: Error) => error as unknown)),
  );
  // The host ended a fact at its time limit, and did not start the facts after it.
  const others = facts.slice(seen.length);
  return others.length > 0 ? [...found, ...(await fetch(reach, host, others))] : found;
}

async function parsed(fact: Fact<unknown>, host: HostRef, { facts }: CommitResult, i: number): Promise<unknown> {
  const { code, output, problem } = facts[i] ?? { code: -1, output: "" };
  if (code !== 0)
    throw new CommandFailed(
      reconcileErrors.factFailed(
        `Unable to observe the ${fact.name} of ${host.name}: ${problem ?? `exit ${code} from ${first(fact)}`}`,
      ),
    );
  try {
    return fact.parse(output);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const where = `the ${fact.name} of ${host.name}`;
    throw new CommandFailed(
      reconcileErrors.factUnreadable(`Unable to read ${where}: ${reason}, in the reply to ${first(fact)}`),
      { cause: error },
    );
  }
}

function first(fact: Fact<unknown>): string {
  return text(fact.command).split("\n")[0] ?? "";
}

async function upload(reach: () => Promise<Transport>, { from, to, mode, purpose }: Put): Promise<void> {
  const { size } = await stat(from).catch((error: Error) => {
    throw new UserError(argumentErrors.localFile(`${from} cannot be read: ${error.message}`));
  });
  let said = 0;
  const onProgress = (bytes: number) => {
    const percent = Math.floor((bytes / size) * 10) * 10;
    if (percent > said && percent < 100) tell(`${purpose}: ${percent} % of ${Math.ceil(size / 2 ** 20)} MiB`);
    said = Math.max(said, percent);
  };
  await (await reach()).put(createReadStream(from), to, { mode, size, onProgress, timeoutSeconds: 3600 });
}
