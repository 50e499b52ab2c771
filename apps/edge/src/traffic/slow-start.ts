/**
 * How much of its traffic a region gets that has just come back. Cold caches, empty pools and code that is compiled at its
 * first use make the first seconds the worst, and a region that gets all of its traffic at once in them is soon out
 * again. So its share grows in a straight line from a tenth.
 */
export interface SlowStartSettings {
  /** How long the ramp is. 0: no ramp. */
  rampMs: number;
}

const FROM = 0.1;

/** The share, 0.1 to 1, of an upstream that came back at `returnedAtMs`; null: it was never away. */
export function warmShare(returnedAtMs: number | null, nowMs: number, { rampMs }: SlowStartSettings): number {
  if (returnedAtMs === null || rampMs === 0) return 1;
  return Math.min(1, Math.max(FROM, FROM + (1 - FROM) * ((nowMs - returnedAtMs) / rampMs)));
}
