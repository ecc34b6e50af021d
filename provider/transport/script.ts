import type { HostLimit } from "./limits";

/** The host prints this line when our shell has begun. Output before it comes from a profile or from sudo. */
export const ready = "pulumi-kvm-ready";

/**
 * umask 077: a file is for root alone unless the script sets its mode. So a forgotten mode shows as an error, and leaks
 * nothing. The PATH gets the directories of the system's tools, because a user's PATH lacks them on some distributions.
 */
const surroundings = [
  "umask 077",
  "LC_ALL=C",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the host's shell that expands it
  'PATH="${PATH:+$PATH:}/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"',
  "export LC_ALL PATH",
  "cd /",
  `echo ${ready}`,
].join("; ");

/**
 * The only program that we start: root's shell. It reads one complete line from standard input and runs it. That line
 * may read more input. So we can start a shell before we know its script, and no argument holds a value.
 */
export const rootShell = `${surroundings}; IFS= read -r pulumi_kvm_line && eval "$pulumi_kvm_line"`;

/**
 * The input of {@link rootShell} for a script. The shell first reads all input. The script is one quoted word, so no
 * text can end the quotes early. A broken connection leaves an unfinished word, or only the assignment, so a part of a
 * script never runs. The script has empty standard input; otherwise its children could read our input.
 */
export function scriptInput(script: string, limit: HostLimit): string {
  const all = `pulumi_kvm_script=${quoteAlways(script)}\neval "$pulumi_kvm_script" </dev/null\n`;
  return `${oneLine('pulumi_kvm_all=$(cat); eval "$pulumi_kvm_all"', limit)}${all}`;
}

/**
 * The line that {@link rootShell} reads before the data of a command. At the time limit, the host ends the command and
 * all its children. `timeout` makes a process group, sends SIGTERM to the whole group, and SIGKILL after a while.
 * `timeout` waits only for its own child. So this child stays until the command has ended, and then kills the rest of
 * the group.
 */
export function oneLine(command: string, { seconds, killAfter }: HostLimit): string {
  if (command.includes("\n")) throw new Error("a command before data must be one line");
  const guarded = `trap pulumi_kvm_over=yes TERM; ( ${command} ); pulumi_kvm_code=$?; ${endIfOver}; exit $pulumi_kvm_code`;
  return `exec timeout -k ${killAfter} ${seconds} /bin/sh -c ${quoteAlways(guarded)}\n`;
}

const endIfOver = '[ -z "$pulumi_kvm_over" ] || kill -9 0';

/**
 * Adds quotes even where `quote` does not. A part of a bare word is a valid word. A part of a quoted word is a syntax
 * error.
 */
function quoteAlways(script: string): string {
  if (script.includes("\0")) throw new Error("a script cannot hold a NUL byte");
  return `'${script.replaceAll("'", "'\\''")}'`;
}
