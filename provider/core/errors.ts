import { printable } from "./printable";
import { type Code, coded, type Problem } from "./problem";

/**
 * The five classes of errors that a user can mend. They have a code, a text and no stack trace. Any other error is a bug
 * and keeps its stack trace.
 */
export abstract class Mendable extends Error {
  readonly code: Code<"error">;
  constructor({ code, text }: Problem, options?: ErrorOptions) {
    super(text, options);
    this.code = code;
  }
}

/** Arguments that are wrong on every host. */
export class UserError extends Mendable {
  override name = "UserError";
}

/**
 * The host did not answer, or the answer cannot be trusted (another host key, a refused login). It never means that an
 * object is absent. Only this error is retried, and only when `retryable` is set: never after a script may have started.
 */
export class HostUnreachable extends Mendable {
  override name = "HostUnreachable";
  readonly retryable: boolean;
  constructor(problem: Problem, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(problem, { cause: options.cause });
    this.retryable = options.retryable ?? false;
  }
}

/** A command on the host failed, or did not have its effect. */
export class CommandFailed extends Mendable {
  override name = "CommandFailed";
}

/** The host does not allow it. Nothing was changed, so that the state has nothing to remember. */
export class Refused extends CommandFailed {}

/** A part exists on the host. The state gets `properties`, so that a later delete finds the part. */
export class PartiallyApplied extends Mendable {
  override name = "PartiallyApplied";
  readonly id: string;
  readonly properties: Record<string, unknown>;
  reasons: string[];
  constructor(problem: Problem, id: string, properties: Record<string, unknown>) {
    super(problem);
    this.id = id;
    this.properties = properties;
    this.reasons = [problem.text];
  }
}

/** Whether a user can mend it. Such an error is shown without a stack trace. */
export function isMendable(error: unknown): error is Mendable {
  return error instanceof Mendable;
}

/** The problem that an error tells, for an error of another class. */
export function problemOf({ code, message }: Mendable): Problem {
  return { code, text: message };
}

/**
 * The error that leaves the provider. The dynamic provider's process prints `${error}: ${error.stack}`, and a thrown
 * string hangs a preview for ever. So this is always an Error, and a mendable one prints as its message alone.
 */
export function presentable(thrown: unknown): Error {
  if (isMendable(thrown)) return withoutStack(thrown);
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  // A new error, because the engine takes any error with an id for a resource that exists in part.
  const shown = Object.create(Object.getPrototypeOf(error), { name: { value: error.name } });
  return withText(shown, printable(error.message), printable(error.stack ?? ""));
}

/** One error may come here more than once. */
function withoutStack(error: Mendable): Error {
  const shown = (text: string) => printable(coded({ code: error.code, text }));
  const message = shown(error.message);
  if (error instanceof PartiallyApplied) error.reasons = error.reasons.map(shown);
  return Object.defineProperty(withText(error, message, ""), "toString", { value: () => message, ...again });
}

function withText(error: Error, message: string, stack: string): Error {
  return Object.defineProperties(error, { message: { value: message, ...again }, stack: { value: stack, ...again } });
}

const again = { configurable: true, writable: true };

/** A copy with another message. All resources on a dead host share one error, so the original stays as it is. */
export function retold<E extends Error>(error: E, message: string): E {
  return Object.assign(Object.create(Object.getPrototypeOf(error)), error, { message });
}

/** "Unable to <verb> <Kind> <name> on <host>: <reason>" */
export function unable(verb: string, kind: string, name: string, host: string, reason: string): string {
  return `Unable to ${verb} ${kind} ${name} on ${host}: ${reason}`;
}
