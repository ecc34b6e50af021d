/** What comes from one stream, up to a limit. */
export interface Collector {
  push(chunk: Buffer): void;
  all(): Buffer;
  /** Forgets what came so far. */
  clear(): void;
}

/** @param onFull called once, by the first chunk that goes over the limit; it and what follows are not kept */
export function collector(limit: number, onFull: () => void): Collector {
  let chunks: Buffer[] = [];
  let [bytes, isFull] = [0, false];
  return {
    push: (chunk) => {
      if (isFull) return;
      bytes += chunk.length;
      isFull = bytes > limit;
      if (isFull) onFull();
      else chunks.push(chunk);
    },
    all: () => Buffer.concat(chunks),
    clear: () => {
      chunks = [];
      bytes = 0;
    },
  };
}

/**
 * Finds a word that may be cut in two by the chunks. Only the end of what came is kept, so a host that sends much in
 * small pieces costs no more than its bytes.
 * @returns for each chunk: how many of its bytes stand before the end of the word, undefined when it is not there.
 * After a find it looks for the next one, in what it is given then
 */
export function finder(word: Buffer): (chunk: Buffer) => number | undefined {
  let tail: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const seen = Buffer.concat([tail, chunk]);
    const at = seen.indexOf(word);
    const before = tail.length;
    tail = at >= 0 ? Buffer.alloc(0) : seen.subarray(Math.max(0, seen.length - word.length + 1));
    return at >= 0 ? at + word.length - before : undefined;
  };
}
