import { HostUnreachable } from "../core/errors";
import { display, type Route } from "./ssh-route";

type Failure = Error & { code?: string | number; reason?: number };

/** The connection failed, before or during the login. */
export function connectFailed(route: Route, error: Failure): HostUnreachable {
  if (error instanceof HostUnreachable) return error;
  const [reason, advice, retryable] = explain(error);
  const notes = route.notes.length > 0 ? ` ${route.notes.join(" ")}` : "";
  const text = `${display(route)} is not reached: ${reason}. ${advice}${notes}`;
  return new HostUnreachable(text, { retryable, cause: error });
}

function explain(error: Failure): [reason: string, advice: string, retryable: boolean] {
  // When a name has several addresses and all refuse, Node gives a code and no text.
  const said = error.message || `${error.code}`;
  if (error.code === "ECONNREFUSED")
    return [`the connection is refused (${said})`, "Is sshd running, on that port?", true];
  if (error.code === "ENOTFOUND")
    return ["the name is not known", 'Give the right "address", or a HostName in ~/.ssh/config.', false];
  if (error.code === "EAI_AGAIN") return ["the name server does not answer", "Is this machine online?", true];
  if (/no matching|unsupported algorithm/i.test(said)) {
    return [`no algorithm in common (${said})`, "Its sshd offers only what is broken (SHA-1, CBC): update it.", false];
  }
  if (/before handshake|ECONNRESET|during login/i.test(said)) {
    return [
      `it closed the connection (${said})`,
      "Is it out of login slots (MaxStartups), or does it penalise this address?",
      true,
    ];
  }
  return [said, "Is the host up, and the address and port right?", true];
}

/** The connection was cut. Retryable only while nothing has been sent. */
export function cut(route: Route, retryable: boolean): HostUnreachable {
  const what = retryable ? "" : " after a command was sent, which may have been carried out";
  return new HostUnreachable(`the connection to ${display(route)} was cut${what}. Run again.`, { retryable });
}

/** True when the host itself refused a request for a channel. */
export function isRefusal(error: unknown): error is Failure {
  return error instanceof Error && "reason" in error;
}

/** The host refuses a session, although no other session is open. */
export function noSession(route: Route, error: Failure): HostUnreachable {
  const said = withoutPrefix(error);
  const text = `${display(route)} lets us in, but runs no commands (${said}). See MaxSessions and ForceCommand in its sshd_config.`;
  return new HostUnreachable(text, { cause: error });
}

/** The host did not open a channel for a stream. @param target the socket or port, as seen from the host */
export function noStream(route: Route, target: string, error: Failure): HostUnreachable {
  if (error instanceof HostUnreachable) return error;
  const prohibited = error.reason === 1;
  const advice = prohibited
    ? "Its sshd forbids it: see AllowTcpForwarding, AllowStreamLocalForwarding and PermitOpen in sshd_config."
    : "Is it up, and may this user open it?";
  const said = withoutPrefix(error);
  return new HostUnreachable(`${display(route)} does not connect to ${target} (${said}). ${advice}`, {
    retryable: !prohibited,
    cause: error,
  });
}

function withoutPrefix(error: Error): string {
  return error.message.replace(/^\(SSH\) (Channel open failure: )?/, "");
}
