/** Admits a limited number of callers at a time. The others wait in the order in which they came. */
export interface Semaphore {
  /** Waits for a place, and returns the function that releases it. */
  acquire(): Promise<() => void>;
  /** Lowers the limit for good, to 1 at least, because the host allows fewer. */
  shrinkTo(limit: number): void;
  readonly taken: number;
  readonly limit: number;
}

/** @param onFull called when a caller has to wait, so that a holder that can do without its place can release it */
export function semaphore(limit: number, onFull: () => void = () => undefined): Semaphore {
  const waiting: (() => void)[] = [];
  let taken = 0;
  const admit = () => {
    while (taken < limit && waiting.length > 0) {
      taken++;
      waiting.shift()?.();
    }
  };
  const release = () => {
    taken--;
    admit();
  };
  return {
    acquire: () =>
      new Promise((enter) => {
        waiting.push(() => enter(once(release)));
        admit();
        if (waiting.length > 0) onFull();
      }),
    shrinkTo: (lower) => {
      limit = Math.max(1, Math.min(limit, lower));
    },
    get taken() {
      return taken;
    },
    get limit() {
      return limit;
    },
  };
}

/** A place that is released twice would admit one caller too many. */
function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
