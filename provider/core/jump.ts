import { argumentErrors } from "./argument-errors";
import { UserError } from "./errors";
import type { HostRef } from "./host-ref";
import { isPrintable } from "./printable";
import { quote } from "./shell";

/** Commands for ssh(1) that go the same way as the provider: over the same hosts, users and ports. */

/** The hosts on the way, the nearest first, as ProxyJump and `ssh -J` take them. Empty for this machine. */
export function hopsOf(host: HostRef): string[] {
  return isHere(host) ? [] : [...before(host), hop(host)];
}

/** The command that logs in to a target through the host. */
export function loginThrough(host: HostRef, target: string): string {
  return command(["ssh", ...jump(hopsOf(host)), target]);
}

/** The command that runs a command on the host, with a terminal. */
export function runOn(host: HostRef, words: readonly string[]): string {
  if (isHere(host)) return command(words);
  const port = host.port === undefined ? [] : ["-p", String(host.port)];
  // ssh(1) joins the words to one line for the shell of the host.
  return command(["ssh", "-t", ...jump(before(host)), ...port, login(host), ...words.map(quote)]);
}

/** Quotes words for a shell. */
function command(words: readonly string[]): string {
  return words.map(quote).join(" ");
}

function jump(hops: readonly string[]): string[] {
  return hops.length > 0 ? ["-J", hops.join(",")] : [];
}

function isHere({ name, address }: HostRef): boolean {
  return (address ?? name) === "local";
}

function before(host: HostRef): string[] {
  const next = host.carrier?.host ?? host.jump;
  return next ? hopsOf(next) : [];
}

function login({ name, user, address = name }: HostRef): string {
  const text = user === undefined ? address : `${user}@${address}`;
  if (/^-|[\s"'#\\,]/.test(text) || !isPrintable(text))
    throw new UserError(
      argumentErrors.notForSsh(
        `"${text}" cannot be part of an ssh command. Give the Host another name, address or user`,
      ),
    );
  return text;
}

/** Puts an address with colons in brackets. Doubles "%", which ssh(1) takes for a token in a hop. */
function hop(host: HostRef): string {
  const { port, address = host.name } = host;
  const text = login(host).replaceAll("%", "%%");
  const bare = address.replaceAll("%", "%%");
  const bracketed = address.includes(":") ? `${text.slice(0, text.length - bare.length)}[${bare}]` : text;
  return port === undefined ? bracketed : `${bracketed}:${port}`;
}
