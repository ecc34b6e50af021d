import type { Fact } from "../core/fact";
import { keyOf } from "../core/fact-key";
import type { Member, MemberResult } from "./commit-script";

type Send = (members: readonly Member[], facts: readonly Fact<unknown>[]) => Promise<MemberResult[]>;

interface Waiting {
  member: Member;
  facts: readonly Fact<unknown>[];
  done: (result: MemberResult) => void;
  failed: (error: unknown) => void;
}

/**
 * The members that come while a commit is under way gather, and go together. When they are a few, at once: one commit
 * works while the other one's facts are on their way.
 */
const [atOnce, few] = [2, 4];

export function groupCommit(send: Send) {
  const waiting: Waiting[] = [];
  let busy = 0;
  const launch = () => {
    if (waiting.length === 0 || (busy > 0 && (busy >= atOnce || waiting.length < few))) return;
    busy += 1;
    // A moment for those that are called in the same tick.
    setImmediate(async () => {
      const group = waiting.splice(0, 64);
      if (group.length > 0) waiting.unshift(...(await commitTogether(send, group)));
      busy -= 1;
      launch();
    });
  };
  return (member: Member, facts: readonly Fact<unknown>[]) =>
    new Promise<MemberResult>((done, failed) => {
      waiting.push({ member, facts, done, failed });
      launch();
    });
}

/** @returns those who were not begun: the host ended one before them, which will not be with them again */
async function commitTogether(send: Send, group: readonly Waiting[]): Promise<readonly Waiting[]> {
  const facts = new Map(group.flatMap((w) => w.facts.map((fact) => [keyOf(fact), fact] as const)));
  try {
    const results = await send(
      group.map((w) => w.member),
      [...facts.values()],
    );
    results.forEach((result, i) => void group[i]?.done(result));
    return group.slice(results.length);
  } catch (error) {
    for (const w of group) w.failed(error);
    return [];
  }
}
