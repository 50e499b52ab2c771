/** What is not acknowledged by then after the replicator was told to stop is left to the next one. */
const FINISH_WITHIN_MS = 1_000;

/** Sends something and waits for its acknowledgement. */
export type UnlessStopping = <T>(send: () => Promise<T>) => Promise<T>;

/**
 * Until `stopping` aborts, waits as long as it takes; from then on for one second in all, whatever is still begun in it: a part
 * that is written in several steps is finished when that is soon, and a target that is away holds nobody up.
 */
export function unlessStopping(stopping: AbortSignal): UnlessStopping {
  const late = new AbortController();
  const limit = () => setTimeout(() => late.abort(), FINISH_WITHIN_MS).unref();
  if (stopping.aborted) limit();
  else stopping.addEventListener('abort', limit, { once: true });
  return async (send) => {
    const { signal } = late;
    // Not even sent then: nobody would wait for its answer.
    if (signal.aborted) throw new Error('the replicator stops; this is left to the next one');
    const tooLate = Promise.withResolvers<never>();
    const giveUp = () => tooLate.reject(new Error('not acknowledged before the end'));
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await Promise.race([send(), tooLate.promise]);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  };
}
