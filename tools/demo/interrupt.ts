import { constants } from "node:os";

/** The user interrupted the run. */
export class Interrupted extends Error {
  override name = "Interrupted";
  constructor() {
    super("Interrupted.");
  }
}

const controller = new AbortController();

/** Aborted by the first Ctrl-C. */
export const interruption: AbortSignal = controller.signal;

/** The first signal starts the clean-up. The second one ends the process at once. */
export function onInterrupt(tell: () => void): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (interruption.aborted) process.exit(128 + constants.signals[signal]);
      controller.abort();
      tell();
    });
  }
}

/** For work that may stay incomplete: an interruption rejects the promise at once. Child processes end with this process. */
export function abandonable<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(new Interrupted());
    if (interruption.aborted) return leave();
    interruption.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => interruption.removeEventListener("abort", leave));
  });
}

/** Resolves at the interruption. */
export function interrupted(): Promise<void> {
  return abandonable(new Promise<never>(() => {})).catch(() => {});
}
