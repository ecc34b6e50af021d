import { printable } from "./printable";

/**
 * The five kinds of failure. The first four are a user's to mend, so they carry a text and no stack; anything else
 * is a bug and keeps its stack.
 */

/** Arguments that cannot be right, whatever the host says. */
export class UserError extends Error {
  override name = "UserError";
}

/**
 * No answer from the host, or none that may be trusted (another host key, a refused login). It never means that an
 * object is gone. The only kind that is retried, and only when `retryable`, which is never after a script may have begun.
 */
export class HostUnreachable extends Error {
  override name = "HostUnreachable";
  readonly retryable: boolean;
  constructor(message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable ?? false;
  }
}

/** A command on the host failed, or did not bring about what it should. */
export class CommandFailed extends Error {
  override name = "CommandFailed";
}

/** The host's state does not allow it, and nothing was done: so there is nothing of it that a state would have to know. */
export class Refused extends CommandFailed {}

/** Some of it is there: `properties` is what, so that the state knows it and a later delete finds it. */
export class PartiallyApplied extends Error {
  override name = "PartiallyApplied";
  readonly id: string;
  readonly properties: Record<string, unknown>;
  reasons: string[];
  constructor(message: string, id: string, properties: Record<string, unknown>) {
    super(message);
    this.id = id;
    this.properties = properties;
    this.reasons = [message];
  }
}

const mendable = [UserError, HostUnreachable, CommandFailed, PartiallyApplied];

/** True for what a user can mend: shown as a text, without a stack. */
export function isMendable(error: unknown): error is Error {
  return mendable.some((kind) => error instanceof kind);
}

/**
 * What may leave the provider. The dynamic provider's process prints `${error}: ${error.stack}`, and a thrown string
 * hangs a preview for ever: so always an Error, and for the mendable ones one that prints as its message alone.
 */
export function presentable(thrown: unknown): Error {
  if (isMendable(thrown)) return withoutStack(thrown);
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  // An error of its own, because the engine takes any with an id for a resource that was made in part.
  const shown = Object.create(Object.getPrototypeOf(error), { name: { value: error.name } });
  return withText(shown, printable(error.message), printable(error.stack ?? ""));
}

/** May be done to one error more than once. */
function withoutStack(error: Error): Error {
  const message = printable(error.message);
  if (error instanceof PartiallyApplied) error.reasons = error.reasons.map(printable);
  return Object.defineProperty(withText(error, message, ""), "toString", { value: () => message, ...again });
}

function withText(error: Error, message: string, stack: string): Error {
  return Object.defineProperties(error, { message: { value: message, ...again }, stack: { value: stack, ...again } });
}

const again = { configurable: true, writable: true };

/** The same failure in other words, as an error of its own: a dead host gives all resources on it the same one. */
export function retold(error: Error, message: string): Error {
  return Object.assign(Object.create(Object.getPrototypeOf(error)), error, { message });
}

/** "Unable to <verb> <Kind> <name> on <host>: <reason>" */
export function unable(verb: string, kind: string, name: string, host: string, reason: string): string {
  return `Unable to ${verb} ${kind} ${name} on ${host}: ${reason}`;
}
