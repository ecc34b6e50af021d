import type { HostLimit } from "./limits";

/** The line by which a host says that our shell has begun; what comes before it is a profile's noise. */
export const ready = "pulumi-kvm-ready";

/**
 * A file that a script makes without saying its mode is for root alone: forgotten is then seen, and not leaked. The
 * directories that hold the system's tools are added because a user's PATH lacks them on some distributions.
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
 * The one program that we ever start, root's shell: it reads one line from standard input, which has to be whole, and
 * runs it; the line may read on. So a shell can be had before it is known what for, and no argument holds a value.
 */
export const rootShell = `${surroundings}; IFS= read -r pulumi_kvm_line && eval "$pulumi_kvm_line"`;

/**
 * What {@link rootShell} reads to run a script. It takes all that comes first. The script is one quoted word, so
 * whatever text it is, it cannot end the wrapping early; and a connection that breaks leaves an unfinished word or an
 * assignment alone: a part never runs. It runs with nothing on standard input, else a child could eat what is ours.
 */
export function scriptInput(script: string, limit: HostLimit): string {
  const all = `pulumi_kvm_script=${quoteAlways(script)}\neval "$pulumi_kvm_script" </dev/null\n`;
  return `${oneLine('pulumi_kvm_all=$(cat); eval "$pulumi_kvm_all"', limit)}${all}`;
}

/**
 * What {@link rootShell} reads before the data of a command that takes some. The host ends the command at its limit,
 * with all that it started: `timeout` makes a process group of its own, asks the whole of it to end, and kills it after a
 * while. It waits for its own child only, so that one stays until the command has ended, and then kills what is left.
 */
export function oneLine(command: string, { seconds, killAfter }: HostLimit): string {
  if (command.includes("\n")) throw new Error("a command before data must be one line");
  const guarded = `trap pulumi_kvm_over=yes TERM; ( ${command} ); pulumi_kvm_code=$?; ${endIfOver}; exit $pulumi_kvm_code`;
  return `exec timeout -k ${killAfter} ${seconds} /bin/sh -c ${quoteAlways(guarded)}\n`;
}

const endIfOver = '[ -z "$pulumi_kvm_over" ] || kill -9 0';

/** Quoted even where `quote` sees no need: a prefix of a bare word is a word, of a quoted one a syntax error. */
function quoteAlways(script: string): string {
  if (script.includes("\0")) throw new Error("a script cannot hold a NUL byte");
  return `'${script.replaceAll("'", "'\\''")}'`;
}
