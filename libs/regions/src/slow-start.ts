/**
 * How much of its traffic a region gets that has just come back. Cold caches, empty pools and code that is compiled at its
 * first use make the first seconds the worst, and a region that gets all of its traffic at once in them is soon out
 * again. A region that missed two probes because its machine was busy is not cold, though, and to send nine tenths of its
 * clients across the world for ten seconds is what makes the others miss theirs. So a region cools while it is out,
 * and warms up while it is in: what it gets follows from how cold it is.
 *
 * Limit: a process that was started again within a second is as cold as any, and counts as cool only.
 */
export interface Warming {
  /** How much of the ramp it had before it at `backAtMs`, in milliseconds. */
  coldMs: number;
  backAtMs: number;
}

/** How many times faster it cools than it warms up: with a ramp of 10 s, who was out for 5 s begins as low as it goes. */
const COOLS = 2;
/** What the coldest gets: something, as nothing warms up by waiting. */
const LOWEST = 0.1;

/**
 * A region that was out from `outAtMs` to `backAtMs` (`Number.NEGATIVE_INFINITY`: nobody knows since when). What it had not
 * warmed up since the time before is still cold, so that one that goes in and out gains nothing by it.
 */
export function comeBack(
  before: Warming | null,
  outAtMs: number,
  backAtMs: number,
  { rampMs }: { rampMs: number },
): Warming {
  const cold = coldMs(before, outAtMs) + COOLS * Math.max(0, backAtMs - outAtMs);
  return { coldMs: Math.min(rampMs, cold), backAtMs };
}

/** Its share at `nowMs`, 0.1 to 1, in a straight line; null: it was never out. */
export function warmShare(warming: Warming | null, nowMs: number, { rampMs }: { rampMs: number }): number {
  if (warming === null || rampMs === 0) return 1;
  return 1 - (1 - LOWEST) * Math.min(1, coldMs(warming, nowMs) / rampMs);
}

function coldMs(warming: Warming | null, atMs: number): number {
  if (warming === null) return 0;
  return Math.max(0, warming.coldMs - Math.max(0, atMs - warming.backAtMs));
}
