/** Events that a service of a region had applied at a time, in ms after the heal. */
export interface Count {
  atMs: number;
  events: number;
}

export interface LowestConvergence {
  /** Events that came after the heal. */
  backlog: number;
  /** The highest rate over a window: what it is able to. */
  perSecond: number;
  /** backlog ÷ rate + half a round trip. */
  floorMs: number;
  /** When the first of them was seen to be applied; undefined when none came. */
  firstAfterMs: number | undefined;
  /** When the last of them was. */
  lastAfterMs: number | undefined;
}

/** Shorter would take one large batch for the rate. */
const RATE_WINDOW_MS = 500;

export function lowestConvergence(counts: readonly Count[], halfTripMs: number): LowestConvergence {
  const first = counts[0]?.events ?? 0;
  const backlog = (counts.at(-1)?.events ?? 0) - first;
  const perSecond = steepest(counts);
  const floorMs = perSecond > 0 ? (backlog / perSecond) * 1_000 + halfTripMs : halfTripMs;
  const last = counts.at(-1)?.events;
  return {
    ...{ backlog, perSecond, floorMs },
    firstAfterMs: counts.find(({ events }) => events > first)?.atMs,
    lastAfterMs: backlog > 0 ? counts.find(({ events }) => events === last)?.atMs : undefined,
  };
}

function steepest(counts: readonly Count[]): number {
  return Math.max(
    0,
    ...counts.flatMap((from) => {
      const to = counts.find((c) => c.atMs >= from.atMs + RATE_WINDOW_MS);
      return to ? [((to.events - from.events) * 1_000) / (to.atMs - from.atMs)] : [];
    }),
  );
}
