import type { Fact } from "../core/fact";
import type { DeleteLink, Run } from "../core/kind";
import { stableMark } from "../core/mark";
import { lines, type Sh, sh, text } from "../core/shell";
import { noteRenamed, syncRenamed } from "../host-state/atomic-write";
import { lock, takeTurn } from "../host-state/lock";

/**
 * Composes one script for all members that wait for the host's lock, like the group commit of a database. Each member has
 * a subshell and a result of its own. The facts that the members need come last.
 *
 * The transport ends a script that takes too long by a signal to all of its processes. The shell of the script survives
 * it for a moment: the member that hangs dies, the shell prints its result and its step, and starts no other member.
 * The shell prints facts as they come, so that no fact fills its memory.
 */

/** The steps of one resource in a commit. */
export type Member = readonly (Run | DeleteLink)[];

export interface MemberResult {
  code: number;
  /** Index of the last step that started. */
  at: number;
  /** The last 4 KB of what the step printed on both streams. */
  output: string;
}

export interface CommitResult {
  /** The number of the commit on the host. Facts of the commit with the higher number are newer. */
  turn: number;
  members: MemberResult[];
  facts: FactResult[];
  /**
   * "whole": all parts are here. "stopped": the script was ended during the last of these parts, and started no other
   * part. Undefined: the reply is cut, and the next part may have started.
   */
  end?: "whole" | "stopped";
}

export interface FactResult {
  code: number;
  output: string;
  /** Why there is no output, when the exit code does not say it. */
  problem?: string;
}

/** The group of links to delete. The kernel takes about 17 ms for each deletion, whether of one link or of a group. */
const deletionGroup = 7_042_669;

export function composeCommit(members: readonly Member[], facts: readonly Fact<unknown>[], nonce: string): string {
  const script = lines(
    sh`over=; trap over=yes TERM`,
    members.length > 0 && lock(),
    members.length > 0 && takeTurn(nonce),
    members.length > 0 && noteRenamed(),
    ...members.map((member) => memberScript(member, nonce)),
    members.some(deletesLinks) && sh`ip link delete group ${deletionGroup} 2>/dev/null || :`,
    members.length > 0 && syncRenamed(),
    // Releases the lock: the facts take as long as the changes, and the next commit need not wait for them.
    members.length > 0 && sh`exec 9>&-`,
    ...facts.map((fact) => factScript(fact, nonce)),
    sh`printf '\n@%s end 0\n' ${nonce}`,
  );
  return `${text(script)}\n`;
}

/** @throws when the script did not reach its end */
export function parseCommit(stdout: string, memberCount: number, factCount: number, nonce: string): CommitResult {
  const result = parseParts(stdout, nonce);
  const { members, facts, end } = result;
  if (members.length === memberCount && facts.length === factCount && end === "whole") return result;
  const parts = members.length + facts.length;
  throw new Error(`the reply of the host ends after ${parts} of ${memberCount + factCount} parts`);
}

/** The complete parts of a reply that may be cut. */
export function parseParts(stdout: string, nonce: string): CommitResult {
  // The nonce also stands before each step, inside the part of a member.
  const words = stdout.split(new RegExp(`\n@${nonce} (turn|member|fact|end) (\\d+)\n`));
  const parts = words.flatMap((_, i) => (i % 3 === 0 && i + 2 < words.length ? [part(words, i)] : []));
  const of = (what: string) => parts.filter((one) => one.what === what);
  const last = parts.at(-1);
  return {
    turn: of("turn")[0]?.code ?? 0,
    members: of("member").map((one) => memberResult(one, nonce)),
    facts: of("fact").map(({ code, body }) => ({ code, output: asShellReads(body) })),
    ...(last?.what === "end" && { end: last.code === 0 ? "whole" : "stopped" }),
  };
}

function memberScript(member: Member, nonce: string): Sh {
  const parts = member.map(
    (step, i) => sh`
    printf '@%s at %s\n' ${nonce} ${i}
    ${step.does === "run" ? step.command : markForDeletion(step)}`,
  );
  return sh`
    out=$( exec 9>&- 2>&1; set -eu
    ${lines(...parts)}
    ); rc=$?
    printf '%s\n@%s member %s\n' "$out" ${nonce} $rc
    ${stopIfOver(nonce)}`;
}

/** Reads the alias once more under the lock, because the link may have another owner by now. */
function markForDeletion({ name, mark }: DeleteLink): Sh {
  const own = stableMark(mark);
  return sh`
    if [ -e /sys/class/net/${name} ]; then
      alias=
      { IFS= read -r alias </sys/class/net/${name}/ifalias; } 2>/dev/null || :
      case "$alias" in
        ${own}|${own}" "*) ip link set dev ${name} group ${deletionGroup} ;;
      esac
    fi`;
}

function deletesLinks(member: Member): boolean {
  return member.some((step) => step.does === "deleteLink");
}

function factScript(fact: Fact<unknown>, nonce: string): Sh {
  return sh`
    ( set -eu
    ${fact.command}
    ); printf '\n@%s fact %s\n' ${nonce} $?
    ${stopIfOver(nonce)}`;
}

function stopIfOver(nonce: string): Sh {
  return sh`[ -z "$over" ] || { printf '\n@%s end 124\n' ${nonce}; exit 124; }`;
}

interface Part {
  what: string;
  code: number;
  body: string;
}

/** A body, and the line after it that says what it was and how it ended. */
function part(words: readonly string[], i: number): Part {
  const [body = "", what = "", code = ""] = words.slice(i, i + 3);
  return { what, code: Number(code), body };
}

/** As `$(…)` of a shell takes it. A regular expression for the end would look at each line's end to the last one. */
function asShellReads(body: string): string {
  let end = body.length;
  while (body[end - 1] === "\n") end--;
  return body.slice(0, end).replaceAll("\0", "");
}

function memberResult({ code, body }: Part, nonce: string): MemberResult {
  const chunks = body.split(`@${nonce} at `);
  const last = chunks.at(-1) ?? "";
  return {
    code,
    at: Number.parseInt(last, 10) || 0,
    output: last.replace(/^\d+/, "").trim().slice(-4096),
  };
}
