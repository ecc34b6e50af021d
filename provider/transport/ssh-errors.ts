import { HostUnreachable } from "../core/errors";
import type { Failure as Kind } from "../core/problem";
import { connectionErrors } from "./errors";
import { display, type Route } from "./ssh-route";

type Failure = Error & { code?: string | number; reason?: number };

/** The connection failed, before or during the login. */
export function connectFailed(route: Route, error: Failure): HostUnreachable {
  if (error instanceof HostUnreachable) return error;
  const [failure, reason, advice, retryable] = explain(error);
  const problem = failure(withNotes(route, `unable to connect to ${display(route)}: ${reason}. ${advice}`));
  return new HostUnreachable(problem, { retryable, cause: error });
}

/** Adds settings and key files that were left out: each may be why the connection or the login failed. */
export function withNotes({ notes }: Route, text: string): string {
  return notes.length > 0 ? `${text}. ${notes.join(" ")}` : text;
}

function explain(error: Failure): [failure: Kind, reason: string, advice: string, retryable: boolean] {
  const { unreachable, unknownName, noAlgorithm, closed } = connectionErrors;
  // When a name has several addresses and all refuse, Node gives a code and no text.
  const said = error.message || `${error.code}`;
  if (error.code === "ECONNREFUSED")
    return [unreachable, `the connection is refused (${said})`, "Check that sshd runs on this port", true];
  if (error.code === "ENOTFOUND")
    return [unknownName, "the name is unknown", 'Give the right "address", or a HostName in ~/.ssh/config', false];
  if (error.code === "EAI_AGAIN")
    return [unknownName, "the name server does not answer", "Check that this machine is online", true];
  if (/no matching|unsupported algorithm/i.test(said)) {
    return [
      noAlgorithm,
      `no common algorithm (${said})`,
      "Its sshd offers only broken algorithms (SHA-1, CBC). Update it",
      false,
    ];
  }
  if (/before handshake|ECONNRESET|during login/i.test(said)) {
    return [
      closed,
      `the host closed the connection (${said})`,
      "Check MaxStartups in its sshd_config, and whether it penalises this address",
      true,
    ];
  }
  return [unreachable, said, "Check that the host is up, and that the address and port are right", true];
}

/** The connection was cut. Retryable only while nothing has been sent. */
export function cut(route: Route, retryable: boolean): HostUnreachable {
  const what = retryable ? "" : " after a command was sent. The host may have executed it";
  const problem = connectionErrors.cut(`the connection to ${display(route)} was cut${what}. Run again`);
  return new HostUnreachable(problem, { retryable });
}

/** True when the host itself refused a request for a channel. */
export function isRefusal(error: unknown): error is Failure {
  return error instanceof Error && "reason" in error;
}

/** The host refuses a session, although no other session is open. */
export function noSession(route: Route, error: Failure): HostUnreachable {
  const said = withoutPrefix(error);
  const problem = connectionErrors.noSession(
    `${display(route)} accepts the login, but does not run commands (${said}). Check MaxSessions and ForceCommand in its sshd_config`,
  );
  return new HostUnreachable(problem, { cause: error });
}

/** The host did not open a channel for a stream. @param target the socket or port, as seen from the host */
export function noStream(route: Route, target: string, error: Failure): HostUnreachable {
  if (error instanceof HostUnreachable) return error;
  const prohibited = error.reason === 1;
  const advice = prohibited
    ? "Its sshd forbids it: check AllowTcpForwarding, AllowStreamLocalForwarding and PermitOpen in sshd_config"
    : "Check that it is up, and that this user may open it";
  const said = withoutPrefix(error);
  const problem = connectionErrors.noStream(`${display(route)} does not connect to ${target} (${said}). ${advice}`);
  return new HostUnreachable(problem, { retryable: !prohibited, cause: error });
}

function withoutPrefix(error: Error): string {
  return error.message.replace(/^\(SSH\) (Channel open failure: )?/, "");
}
