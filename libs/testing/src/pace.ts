/**
 * Requests that an open loop has sent after `elapsedMs`: at a rate that grows evenly from nothing within `rampMs` and then
 * stays. Without a ramp the first second measures compilers and empty caches: processes that were idle have dropped their
 * machine code, and a rush that starts from standstill meets them at their slowest. What is sent in the ramp counts like
 * any other.
 */
export function requestsDue(elapsedMs: number, { perSecond, rampMs }: { perSecond: number; rampMs: number }): number {
  const fullRateMs = elapsedMs < rampMs ? elapsedMs ** 2 / (2 * rampMs) : elapsedMs - rampMs / 2;
  return Math.floor((fullRateMs * perSecond) / 1_000);
}
