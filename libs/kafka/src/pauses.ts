import { setTimeout as sleep } from 'node:timers/promises';

/** Ends early, and without an error, when `signal` aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Waits for `work`, but not longer than `ms`; a failure of it is no failure here. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const settled = work.then(
    () => done.abort(),
    () => done.abort(),
  );
  await Promise.race([settled, pause(ms, done.signal)]);
}

/** Pauses that double from `firstMs` to `longestMs`. */
export function createBackoff(firstMs: number, longestMs: number): { nextMs(): number; reset(): void } {
  let ms = firstMs;
  return {
    nextMs() {
      const now = ms;
      ms = Math.min(ms * 2, longestMs);
      return now;
    },
    reset() {
      ms = firstMs;
    },
  };
}

export function wordsOf(failure: unknown): string {
  if (failure instanceof Error) return failure.message || failure.name;
  // Anything can be thrown, also what cannot be made a string.
  return typeof failure === 'string' ? failure : `something that is no Error (${typeof failure})`;
}
