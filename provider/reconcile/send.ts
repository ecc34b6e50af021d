import { CommandFailed } from "../core/errors";
import type { Fact } from "../core/fact";
import { newNonce } from "../core/nonce";
import type { Result, Transport } from "../transport/transport";
import {
  type CommitResult,
  composeCommit,
  type FactResult,
  type Member,
  parseCommit,
  parseParts,
} from "./commit-script";

/** The host ends a script by itself a little before that. */
const scriptSeconds = 300;

/** A part that was under way, of which the host told nothing. */
const untold = { code: 124, at: 0, output: "" };

/** Sends one script for all of it. @returns its parts; those that the host did not come to are missing at the end */
export async function send(
  transport: Transport,
  members: readonly Member[],
  facts: readonly Fact<unknown>[],
): Promise<CommitResult> {
  const nonce = newNonce();
  const result = await transport.run(composeCommit(members, facts, nonce), { timeoutSeconds: scriptSeconds });
  if (result.code === 75) throw new CommandFailed(result.stderr.trim());
  if (result.cut) return cutResult(result, members.length, nonce);
  try {
    return parseCommit(result.stdout, members.length, facts.length, nonce);
  } catch (error) {
    throw new CommandFailed(`${(error as Error).message}; exit ${result.code}: ${result.stderr.trim().slice(-1000)}`);
  }
}

/** The part that was under way has failed. Those after it were not begun, and are missing. */
function cutResult({ stdout, cut }: Result, memberCount: number, nonce: string): CommitResult {
  const problem =
    cut === "time"
      ? `it took longer than ${scriptSeconds} s, so the host ended it. See what it waits for there`
      : "it printed more than 64 MiB, so it was ended";
  const { end, ...seen } = parseParts(stdout, nonce);
  if (memberCount > 0 && seen.turn === 0) throw new CommandFailed(`the host's lock is held: ${problem}`);
  const inFacts = end === "stopped" ? seen.facts.length > 0 : seen.members.length === memberCount;
  if (inFacts)
    return { ...seen, facts: lastFailed<FactResult>(seen.facts, end, untold, (last) => ({ ...last, problem })) };
  const members = lastFailed(seen.members, end, untold, (last) => ({
    ...last,
    output: `${last.output}\n${problem}`.trim(),
  }));
  return { ...seen, members };
}

/** Where the host told nothing of the part that was under way, it stands behind those that it told of. */
function lastFailed<T extends { code: number }>(
  parts: readonly T[],
  end: CommitResult["end"],
  untold: T,
  explain: (part: T) => T,
): T[] {
  const all = end === "stopped" ? parts : [...parts, untold];
  // What was done all the same when the signal came is done.
  return all.map((part, i) => (i === all.length - 1 && part.code !== 0 ? explain(part) : part));
}
