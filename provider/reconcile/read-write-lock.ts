/**
 * Who may use the host at once: everybody, or one alone. The one waits for those who are at it, and who comes then waits
 * for the one.
 */
export function turns() {
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
