/** Lets a bounded number in at a time; the others wait in the order in which they came. */
export interface Semaphore {
  /** Waits for a place and returns the function that gives it back. */
  acquire(): Promise<() => void>;
  /** Lowers the bound for good, never under 1: the host said that it takes fewer. */
  shrinkTo(limit: number): void;
  readonly taken: number;
  readonly limit: number;
}

/** @param onFull called when somebody has to wait: whoever can do without a place may give it back */
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

/** A place that is given back twice would let one too many in. */
function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
