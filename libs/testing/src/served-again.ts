/** What is read of a request here. Times of one clock, in milliseconds. */
export interface TimedRequest {
  sentAtMs: number;
  endedAtMs: number;
  outcome: 'ok' | 'fail' | 'info';
}

/** At 100 requests a second, a second of them. */
const RUN = 100;
const MAY_BE_MISSING = 1;

/**
 * How long after `lostAtMs` requests were served as before: from then on, of every 100 in a row at least 99 were answered
 * well, and within `servedWithinMs`. 0 when it was so all along. Undefined when it has not come to that by the end, or
 * when fewer than 100 were sent, of which nothing can be told.
 */
export function servedAgainAfterMs(
  requests: readonly TimedRequest[],
  lostAtMs: number,
  servedWithinMs: number,
): number | undefined {
  const after = requests.filter(({ sentAtMs }) => sentAtMs >= lostAtMs).sort((a, b) => a.sentAtMs - b.sentAtMs);
  if (after.length < RUN) return undefined;
  const isServed = ({ outcome, sentAtMs, endedAtMs }: TimedRequest) =>
    outcome === 'ok' && endedAtMs - sentAtMs <= servedWithinMs;
  let missing = 0;
  // From the end: the longest row of which every run of 100 is served.
  for (let i = after.length - 1; i >= 0; i -= 1) {
    const request = after[i] as TimedRequest;
    const leaving = after[i + RUN];
    if (leaving && !isServed(leaving)) missing -= 1;
    if (!isServed(request)) missing += 1;
    if (missing <= MAY_BE_MISSING) continue;
    const from = after[i + 1];
    return after.length - (i + 1) < RUN || !from ? undefined : from.sentAtMs - lostAtMs;
  }
  return 0;
}

/** Of those that were answered well; NaN when none was. `share` in [0, 1). */
export function latencyMs(requests: readonly TimedRequest[], share: number): number {
  const sorted = requests
    .filter(({ outcome }) => outcome === 'ok')
    .map(({ sentAtMs, endedAtMs }) => endedAtMs - sentAtMs)
    .sort((a, b) => a - b);
  return sorted[Math.floor(share * sorted.length)] ?? Number.NaN;
}
