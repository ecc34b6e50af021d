/**
 * A read/write lock for one host. Shared operations run in parallel. An exclusive operation waits for them, and later
 * operations wait for it.
 */
export function readWriteLock() {
  const busy = new Set<Promise<unknown>>();
  let alone: Promise<unknown> | undefined;
  return {
    async shared<T>(work: () => Promise<T>): Promise<T> {
      while (alone) await alone.catch(() => undefined);
      const working = work();
      busy.add(working);
      return working.finally(() => busy.delete(working));
    },
    async alone<T>(work: () => Promise<T>): Promise<T> {
      while (alone) await alone.catch(() => undefined);
      const working = Promise.allSettled(busy).then(work);
      alone = working;
      return working.finally(() => {
        if (alone === working) alone = undefined;
      });
    },
  };
}
