/** Pauses that double from the first to the longest, until reset. */
export interface Backoff {
  nextMs(): number;
  reset(): void;
}

export function createBackoff(firstMs: number, longestMs: number): Backoff {
  let pauseMs = firstMs;
  return {
    nextMs() {
      const now = pauseMs;
      pauseMs = Math.min(pauseMs * 2, longestMs);
      return now;
    },
    reset() {
      pauseMs = firstMs;
    },
  };
}
