/**
 * Waits for the promise. After the time limit, kills the thing that the promise depends on.
 * @throws the error that `late` makes, when the time is over
 */
export async function withinTime<T>(
  seconds: number,
  thing: { kill(): void },
  promise: Promise<T>,
  late: (seconds: number) => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(late(seconds));
      thing.kill();
    }, seconds * 1000);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
