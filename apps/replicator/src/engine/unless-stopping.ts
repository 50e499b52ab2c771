/** What is not acknowledged by then when the process stops is left to the next one. */
const FINISH_WITHIN_MS = 1_000;

/** Waits for the acknowledgement; once the replicator stops, only for a moment longer. */
export async function unlessStopping<T>(sending: Promise<T>, stopping: AbortSignal): Promise<T> {
  const late = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const limit = () => {
    timer = setTimeout(() => late.reject(new Error('not acknowledged before the end')), FINISH_WITHIN_MS);
  };
  stopping.addEventListener('abort', limit, { once: true });
  try {
    return await Promise.race([sending, late.promise]);
  } finally {
    clearTimeout(timer);
    stopping.removeEventListener('abort', limit);
  }
}
