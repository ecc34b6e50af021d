import { randomUUID } from "node:crypto";
import { HostUnreachable } from "../core/errors";
import { finder } from "./collector";
import { loginErrors } from "./errors";
import type { Process, Start } from "./remote-process";
import { rootShell } from "./script";
import { type Session, session } from "./session";
import { withinTime } from "./timeout";

/** Starts root's shell. @throws HostUnreachable when sudo refuses, or the host is not reached */
export type StartAsRoot = () => Promise<Session>;

type Way = "direct" | "without password" | "with password";

/** The user who needs root, for sudo. */
export interface SudoUser {
  /** Name of the host, for the name of the environment variable and for errors. */
  name: string;
  user: string;
  sudo: boolean;
}

/**
 * The first command finds the way to root, once. Commands that come meanwhile wait for the result. A refusal is final,
 * so that we do not try a wrong password a hundred times.
 */
export function startAsRoot(start: Start, who: SudoUser): StartAsRoot {
  let way: Promise<Way> | undefined;
  return async () => {
    way ??= findWay(start, who);
    const found = await way.catch((error: unknown) => {
      if (error instanceof HostUnreachable && error.retryable) way = undefined;
      throw error;
    });
    if (found === "with password") return startWithPassword(start, who);
    return session(await start(found === "direct" ? shell : `${sudoNow} -n -- ${shell}`));
  };
}

/** `-k` with a command ignores a remembered password, which could expire during a run. */
const sudoNow = "env LC_ALL=C sudo -k";

const shell = `/bin/sh -c '${rootShell}'`;

/** The exit code of a shell for a missing command. */
const notFound = 127;

/** PAM may have to ask a directory server. */
const sudoSeconds = 30;

/** Decides by the behaviour of sudo. Its messages differ in sudo-rs and in each language. */
async function findWay(start: Start, who: SudoUser): Promise<Way> {
  if (!who.sudo) return "direct";
  const probe = session(await start(`${sudoNow} -n -- /bin/sh -c :`));
  const { code, stderr } = await withinTime(sudoSeconds, probe, probe.outcome, silent(who));
  if (code === 0) return "without password";
  if (code === notFound) throw noSudo(stderr, who);
  // We cannot test whether sudo asks: sudo-rs takes the end of its input for a wrong password, three times.
  if (password(who.name) === undefined) throw noPassword(stderr, code, who);
  const trial = await startWithPassword(start, who);
  trial.stdin.end();
  return "with password";
}

/**
 * Sends the password only after the prompt of sudo, which has a marker that nothing else prints. If sudo needed no
 * password, the shell would read it. The program can use its input after our shell has reported that it is ready.
 */
async function startWithPassword(start: Start, who: SudoUser): Promise<Session> {
  const marker = `[pulumi-kvm ${randomUUID()}]`;
  const process = await start(`${sudoNow} -S -p '${marker}' -- ${shell}`);
  const started = session(process);
  const ready = new Promise<void>((resolve, reject) => {
    started.onReady(resolve);
    started.onStderr(answerPrompt(process, marker, who, reject));
    started.outcome.then(({ began, code, stderr }) => {
      if (!began) reject(refused(stderr.replaceAll(marker, ""), code, who));
    }, reject);
  });
  try {
    await withinTime(sudoSeconds, started, ready, silent(who));
    return started;
  } catch (error) {
    process.kill();
    throw error;
  }
}

/** A second prompt means that the password was wrong. Another try could lock the user out. */
function answerPrompt(process: Process, marker: string, who: SudoUser, reject: (error: Error) => void) {
  const find = finder(Buffer.from(marker));
  let answered = false;
  return (chunk: Buffer) => {
    for (let rest = chunk, end = find(rest); end !== undefined; rest = rest.subarray(end), end = find(rest)) {
      if (answered) return reject(wrongPassword(who));
      answered = true;
      process.stdin.write(`${password(who.name)}\n`);
    }
  };
}

/**
 * PULUMI_KVM_SUDO_PASSWORD_<NAME> for one host, PULUMI_KVM_SUDO_PASSWORD for all; never from the state. Only its first
 * line, because the shell would read the rest.
 */
function password(host: string): string | undefined {
  const given = process.env[ownVariable(host)] ?? process.env.PULUMI_KVM_SUDO_PASSWORD;
  return given?.split(/\r?\n/)[0];
}

function ownVariable(host: string): string {
  return `PULUMI_KVM_SUDO_PASSWORD_${host.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
}

function noPassword(stderr: string, code: number, { name, user }: SudoUser): HostUnreachable {
  return new HostUnreachable(
    loginErrors.passwordNeeded(
      `sudo asks ${user} for a password, or refuses ${user} (exit code ${code}: ${lastLines(stderr)}). Set ${ownVariable(name)} or PULUMI_KVM_SUDO_PASSWORD in the environment, or allow ${user} to use sudo without a password: echo '${user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/${user}. If sudo requires a terminal, add "Defaults:${user} !requiretty"`,
    ),
  );
}

function silent({ user }: SudoUser): (seconds: number) => HostUnreachable {
  return (seconds) =>
    new HostUnreachable(
      loginErrors.sudoSilent(`sudo does not answer ${user} in ${seconds} s. Check that "sudo true" works there`),
    );
}

function wrongPassword({ name, user }: SudoUser): HostUnreachable {
  const variable = process.env[ownVariable(name)] === undefined ? "PULUMI_KVM_SUDO_PASSWORD" : ownVariable(name);
  return new HostUnreachable(
    loginErrors.wrongPassword(`sudo rejects the password of ${user}. Correct ${variable} in the environment`),
  );
}

function noSudo(stderr: string, { user }: SudoUser): HostUnreachable {
  return new HostUnreachable(
    loginErrors.noSudo(
      `${user} does not have the command sudo (${lastLines(stderr)}). Install sudo there, or log in as root (user: "root")`,
    ),
  );
}

/** Shows the message of sudo to the reader, and does not interpret it. */
function refused(stderr: string, code: number, { user }: SudoUser): HostUnreachable {
  return new HostUnreachable(
    loginErrors.sudoRefused(
      `${user} cannot become root: sudo ended with exit code ${code}: ${lastLines(stderr)}. Check that "sudo true" works there. /etc/sudoers.d/${user} may need "${user} ALL=(ALL) ALL" and, if sudo requires a terminal, "Defaults:${user} !requiretty". Or log in as root (user: "root")`,
    ),
  );
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-3).join(" ").slice(-300) || "no output";
}
