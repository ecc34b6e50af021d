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
 * Members that arrive during a commit wait and go together in the next one. When at least `few` wait, the next commit
 * starts at once: it works on the host while the facts of the first one are on their way.
 */
const [atOnce, few] = [2, 4];

export function groupCommit(send: Send) {
  const waiting: Waiting[] = [];
  let busy = 0;
  const launch = () => {
    if (waiting.length === 0 || (busy > 0 && (busy >= atOnce || waiting.length < few))) return;
    busy += 1;
    // Members of the same tick belong to this group.
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

/** @returns the members that did not start, because the host ended a member before them */
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
