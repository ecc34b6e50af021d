import type { Member, MemberResult } from "./commit-script";
import type { Claim } from "./looks";

type Send = (members: readonly Member[], claims: readonly Claim[]) => Promise<MemberResult[]>;

interface Waiting {
  member: Member;
  claim: Claim;
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
  return (member: Member, claim: Claim) =>
    new Promise<MemberResult>((done, failed) => {
      waiting.push({ member, claim, done, failed });
      launch();
    });
}

/** @returns the members that did not start, because the host ended a member before them */
async function commitTogether(send: Send, group: readonly Waiting[]): Promise<readonly Waiting[]> {
  try {
    const results = await send(
      group.map((w) => w.member),
      group.map((w) => w.claim),
    );
    results.forEach((result, i) => void group[i]?.done(result));
    return group.slice(results.length);
  } catch (error) {
    for (const w of group) w.failed(error);
    return [];
  }
}
