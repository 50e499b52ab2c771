export interface Patience {
  /** How long the assertion may go on failing, in milliseconds. */
  withinMs: number;
  /** Pause between two tries, in milliseconds. Default 25. */
  everyMs?: number;
}

/**
 * Tries an assertion until it holds, and returns what it returned. Rejects with its last failure, and how long it was
 * tried, once `withinMs` have passed: a test waits for the thing itself and never for a guessed time.
 */
export async function eventually<T>(assertion: () => T | Promise<T>, { withinMs, everyMs = 25 }: Patience): Promise<T> {
  const started = performance.now();
  for (;;) {
    try {
      return await assertion();
    } catch (failure) {
      const waitedMs = performance.now() - started;
      if (waitedMs >= withinMs) {
        const last = failure instanceof Error ? failure.message : String(failure);
        throw new Error(`Not so within ${withinMs} ms: ${last}`, { cause: failure });
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(everyMs, Math.max(1, withinMs - waitedMs))));
    }
  }
}
