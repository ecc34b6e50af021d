/** Told what is being done, and afterwards for how long: a first run takes minutes, and a silent one looks hung. */
export type Progress = (text: string) => void;

/** For whoever does not want to know. */
export const silent: Progress = () => {};

export async function step<T>(progress: Progress, what: string, work: () => Promise<T>): Promise<T> {
  progress(`${what} …`);
  const started = performance.now();
  const result = await work();
  progress(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}
