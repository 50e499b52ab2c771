/** What the edge had sent to services by a time. */
export interface AttemptCount {
  /** Of `performance.now()`. */
  atMs: number;
  /** Tries anew included. */
  sent: number;
  /** The tries anew. */
  repeated: number;
}

/** A request that was under way from one time to another. */
export interface UnderWay {
  sentAtMs: number;
  endedAtMs: number;
}

/** What the promise of the heal is told of. */
const SECOND_MS = 1_000;
/** What the edge's retry budget is reckoned over, and what it allows: a share of the requests, and a floor. */
const BUDGET = { windowMs: 10_000, ratio: 0.2, floorPerSecond: 10 };

/** The highest rate, in requests a second, of any second from `fromMs` on; 0 when nothing was counted. */
export function mostAttemptsPerSecond(counts: readonly AttemptCount[], fromMs: number): number {
  return Math.max(0, ...windowsOf(counts, fromMs, SECOND_MS).map(({ sent, seconds }) => sent / seconds));
}

/**
 * How many times as many tries as the clients made requests: in the worst second from `fromMs` on, of those that were under way
 * in it, or of the steady rate if that is more. So neither clients that send late what they could not send in time, nor an
 * edge that lets those go on that waited for a hand-over, passes for a storm.
 */
export function mostTriesPerRequest(
  counts: readonly AttemptCount[],
  fromMs: number,
  requests: readonly UnderWay[],
  steadyPerSecond: number,
): number {
  const times = windowsOf(counts, fromMs, SECOND_MS).map(({ atMs, untilMs, sent, seconds }) => {
    const underWay = requests.filter((r) => r.sentAtMs <= untilMs && r.endedAtMs >= atMs).length;
    return sent / Math.max(steadyPerSecond * seconds, underWay);
  });
  return Math.max(0, ...times);
}

/**
 * By how many more than the edge's retry budget allows it repeated requests in some ten seconds; 0 when it kept to it. The
 * edge reckons in slots of a second, so it is held against the busiest ten seconds of requests of all.
 */
export function repeatsBeyondBudget(counts: readonly AttemptCount[]): number {
  const windows = windowsOf(counts, Number.NEGATIVE_INFINITY, BUDGET.windowMs);
  const mostAsked = Math.max(0, ...windows.map(({ sent, repeated }) => sent - repeated));
  const beyond = windows.map(
    ({ repeated, seconds }) => repeated - Math.max(BUDGET.floorPerSecond * seconds, BUDGET.ratio * mostAsked),
  );
  return Math.max(0, ...beyond);
}

/** Of each reading the time from there until at least so much later. */
function windowsOf(counts: readonly AttemptCount[], fromMs: number, windowMs: number) {
  const during = counts.filter(({ atMs }) => atMs >= fromMs);
  return during.flatMap((from) => {
    const to = during.find(({ atMs }) => atMs >= from.atMs + windowMs);
    if (!to) return [];
    const { atMs } = from;
    const more = { sent: to.sent - from.sent, repeated: to.repeated - from.repeated };
    return [{ atMs, untilMs: to.atMs, seconds: (to.atMs - atMs) / 1_000, ...more }];
  });
}
