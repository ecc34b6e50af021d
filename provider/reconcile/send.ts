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
import { reconcileErrors } from "./errors";

/** The time limit here. The host ends the script a little earlier by itself. */
const scriptSeconds = 300;

/** A part that started, and of which the host reported nothing. */
const untold = { code: 124, at: 0, output: "" };

/** Sends one script. @returns its parts; parts that did not start are missing at the end */
export async function send(
  transport: Transport,
  members: readonly Member[],
  facts: readonly Fact<unknown>[],
): Promise<CommitResult> {
  const nonce = newNonce();
  const result = await transport.run(composeCommit(members, facts, nonce), { timeoutSeconds: scriptSeconds });
  if (result.code === 75) throw new CommandFailed(reconcileErrors.lockHeld(result.stderr.trim()));
  if (result.cut) return cutResult(result, members.length, nonce);
  try {
    return parseCommit(result.stdout, members.length, facts.length, nonce);
  } catch (error) {
    const said = `exit ${result.code}: ${result.stderr.trim().slice(-1000)}`;
    throw new CommandFailed(reconcileErrors.replyCut(`${(error as Error).message}; ${said}`));
  }
}

/** The last part that started has failed. Later parts did not start, and are missing. */
function cutResult({ stdout, cut }: Result, memberCount: number, nonce: string): CommitResult {
  const problem =
    cut === "time"
      ? `the command took longer than ${scriptSeconds} s, so the host ended it. Find out on the host what it waits for`
      : "the command printed more than 64 MiB, so the provider ended it";
  const { end, ...seen } = parseParts(stdout, nonce);
  if (memberCount > 0 && seen.turn === 0)
    throw new CommandFailed(reconcileErrors.lockHeld(`another process holds the lock of the host: ${problem}`));
  const inFacts = end === "stopped" ? seen.facts.length > 0 : seen.members.length === memberCount;
  if (inFacts)
    return { ...seen, facts: lastFailed<FactResult>(seen.facts, end, untold, (last) => ({ ...last, problem })) };
  const members = lastFailed(seen.members, end, untold, (last) => ({
    ...last,
    output: `${last.output}\n${problem}`.trim(),
  }));
  return { ...seen, members };
}

/** A part that started without a report stands after the reported parts. */
function lastFailed<T extends { code: number }>(
  parts: readonly T[],
  end: CommitResult["end"],
  untold: T,
  explain: (part: T) => T,
): T[] {
  const all = end === "stopped" ? parts : [...parts, untold];
  // A part that was complete when the signal came counts as done.
  return all.map((part, i) => (i === all.length - 1 && part.code !== 0 ? explain(part) : part));
}
