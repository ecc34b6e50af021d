import { constants } from "node:os";

/** Why a run ended that somebody ended. */
export class Interrupted extends Error {
  override name = "Interrupted";
  constructor() {
    super("Interrupted.");
  }
}

const controller = new AbortController();

/** Aborted by the first Ctrl-C. */
export const interruption: AbortSignal = controller.signal;

/** The first signal asks for an orderly end, the second one is obeyed at once. */
export function onInterrupt(tell: () => void): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (interruption.aborted) process.exit(128 + constants.signals[signal]);
      controller.abort();
      tell();
    });
  }
}

/** For work that may be left half done: whoever waits for it goes on at once. What it started ends with the process. */
export function abandonable<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(new Interrupted());
    if (interruption.aborted) return leave();
    interruption.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => interruption.removeEventListener("abort", leave));
  });
}

/** Resolves when somebody wants it to end. */
export function interrupted(): Promise<void> {
  return abandonable(new Promise<never>(() => {})).catch(() => {});
}
