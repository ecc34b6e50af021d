import { randomBytes } from "node:crypto";
import type { Fact } from "./facts/fact";
import { changeFolder } from "./facts/network-change";
import { lockPath } from "./facts/records";
import { noteRenamed, syncRenamed } from "./files";
import type { DeleteLink, Run } from "./kind";
import { stableMark } from "./ownership";
import { lines, type Sh, sh, text, trusted } from "./shell";

/**
 * One script for all that wait for the host's lock, as a database commits in groups: each member in a subshell of its
 * own with a result of its own, then the facts that they asked for. Pure: composing here, running elsewhere.
 */

/** What is run by one member: the steps of one resource. */
export type Member = readonly (Run | DeleteLink)[];

export interface MemberResult {
  code: number;
  /** Index of the step that was under way. */
  at: number;
  /** What the step printed, both streams, at most its last 4 KB. */
  output: string;
}

export interface CommitResult {
  /** Counts up with each commit on the host, whoever sends it: of two, the facts of the later one hold. */
  turn: number;
  members: MemberResult[];
  facts: FactResult[];
}

export interface FactResult {
  code: number;
  output: string;
}

/** Links that are about to go: removed as one group, because the kernel takes about 17 ms for each one alone. */
const doomed = 7_042_669;

/** A word that no host knows beforehand: it separates the results. */
export function newNonce(): string {
  return randomBytes(12).toString("hex");
}

export function composeCommit(members: readonly Member[], facts: readonly Fact<unknown>[], nonce: string): string {
  const script = lines(
    members.length > 0 && lock(),
    members.length > 0 && takeTurn(nonce),
    members.length > 0 && noteRenamed(),
    ...members.map((member) => memberScript(member, nonce)),
    members.some(deletesLinks) && sh`ip link delete group ${doomed} 2>/dev/null || :`,
    members.length > 0 && syncRenamed(),
    // Looking takes as long as doing: the next one need not wait for it.
    members.length > 0 && sh`exec 9>&-`,
    ...facts.map((fact) => factScript(fact, nonce)),
    sh`printf '\n@%s end 0\n' ${nonce}`,
  );
  return `${text(script)}\n`;
}

/** @throws when the script did not come to its end */
export function parseCommit(stdout: string, memberCount: number, factCount: number, nonce: string): CommitResult {
  // The word stands also before each step, inside a member's own part.
  const sections = stdout
    .split(new RegExp(`\n@${nonce} (?=(?:turn|member|fact|end) \\d+\n)`))
    .slice(1)
    .map(section);
  const members = sections.filter((s) => s.what === "member").map((s) => memberResult(s, nonce));
  const facts = sections.filter((s) => s.what === "fact").map(({ code, body }) => ({ code, output: body }));
  const turn = sections.find((s) => s.what === "turn")?.code ?? 0;
  const ended = sections.at(-1)?.what === "end";
  if (members.length !== memberCount || facts.length !== factCount || !ended) {
    const parts = members.length + facts.length;
    throw new Error(`the host's answer breaks off after ${parts} of ${memberCount + factCount} parts`);
  }
  return { turn, members, facts };
}

/**
 * The file goes with an owner's last object, perhaps while we wait for it: then the lock is on the one that came after.
 * Nobody holds it while a change of the host's network waits for its confirmation, and yet nothing else may happen then.
 */
export function lock(): Sh {
  return sh`
    waited=0
    while
      exec 9>>${lockPath}
      flock -w 120 9 || { echo "another run has held ${trusted(lockPath)} for two minutes" >&2; exit 75; }
      while [ -d ${changeFolder}/armed ] || [ -d ${changeFolder}/rolling ]; do
        flock -u 9
        waited=$((waited + 1))
        [ $waited -le 150 ] || { echo "a change of the host's network waits for its confirmation" >&2; exit 75; }
        sleep 1
        flock -w 120 9 || exit 75
      done
      ! [ ${lockPath} -ef /proc/self/fd/9 ]
    do :; done`;
}

/** The count is what the lock's own file holds. It begins anew when the file went. */
function takeTurn(nonce: string): Sh {
  return sh`
    turn=
    read -r turn <${lockPath} || :
    case $turn in ""|*[!0-9]*) turn=0 ;; esac
    turn=$((turn + 1))
    echo $turn >${lockPath}
    printf '\n@%s turn %s\n' ${nonce} $turn`;
}

function memberScript(member: Member, nonce: string): Sh {
  const parts = member.map(
    (step, i) => sh`
    printf '@%s at %s\n' ${nonce} ${i}
    ${step.does === "run" ? step.command : doom(step)}`,
  );
  return sh`
    out=$( exec 9>&- 2>&1; set -eu
    ${lines(...parts)}
    ); rc=$?
    printf '\n@%s member %s\n%s\n' ${nonce} $rc "$out"`;
}

/** The alias is looked at once more under the lock: the link may have become another's. */
function doom({ name, mark }: DeleteLink): Sh {
  const own = stableMark(mark);
  return sh`
    if [ -e /sys/class/net/${name} ]; then
      alias=
      { IFS= read -r alias </sys/class/net/${name}/ifalias; } 2>/dev/null || :
      case "$alias" in
        ${own}|${own}" "*) ip link set dev ${name} group ${doomed} ;;
      esac
    fi`;
}

function deletesLinks(member: Member): boolean {
  return member.some((step) => step.does === "deleteLink");
}

function factScript(fact: Fact<unknown>, nonce: string): Sh {
  return sh`
    out=$( set -eu
    ${fact.command}
    ); rc=$?
    printf '\n@%s fact %s\n%s\n' ${nonce} $rc "$out"`;
}

interface Section {
  what: string;
  code: number;
  body: string;
}

function section(raw: string): Section {
  const end = raw.indexOf("\n");
  const [what = "", code = ""] = raw.slice(0, end).split(" ");
  return { what, code: Number(code), body: raw.slice(end + 1).replace(/\n$/, "") };
}

function memberResult({ code, body }: Section, nonce: string): MemberResult {
  const chunks = body.split(`@${nonce} at `);
  const last = chunks.at(-1) ?? "";
  return {
    code,
    at: Number.parseInt(last, 10) || 0,
    output: last.replace(/^\d+/, "").trim().slice(-4096),
  };
}
