/** How many requests the edge had sent to services by a time, tries anew included. */
export interface AttemptCount {
  /** Of `performance.now()`. */
  atMs: number;
  sent: number;
}

/** What the promise of the retry budget is told of. */
const WINDOW_MS = 1_000;

/** The highest rate, in requests a second, of any second from `fromMs` on; 0 when nothing was counted. */
export function mostAttemptsPerSecond(counts: readonly AttemptCount[], fromMs: number): number {
  const during = counts.filter(({ atMs }) => atMs >= fromMs);
  const rates = during.flatMap((from) => {
    const to = during.find(({ atMs }) => atMs >= from.atMs + WINDOW_MS);
    return to ? [((to.sent - from.sent) * 1_000) / (to.atMs - from.atMs)] : [];
  });
  return Math.max(0, ...rates);
}
