/** Collects the data of one stream, up to a limit. */
export interface Collector {
  push(chunk: Buffer): void;
  all(): Buffer;
  /** Drops the data collected so far. */
  clear(): void;
}

/** @param onFull called once, by the first chunk that exceeds the limit. This chunk and later ones are not kept */
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
 * Finds a word that chunks may split. It keeps only the end of the data, so many small pieces cost no more than their
 * bytes.
 * @returns for each chunk: the number of its bytes before the end of the word, or undefined when the word is not there.
 * After a match it looks for the next one, in the data that it gets from then on
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
