/** Less than this below what was seen before is the machine's noise, and not a program that still gets quicker. */
const NOISE = 0.1;
/** One window that is not quicker may be chance. */
const IN_A_ROW = 2;

/**
 * Measures until it gets no quicker: services that were started a moment ago still compile what they run, and what is
 * measured first would look slowest for that alone. A fixed time is too short on a busy machine and wasted on an idle one.
 * Returns what was measured, at most so many.
 */
export async function warmUp(measure: () => Promise<number>, atMost: number): Promise<number[]> {
  const measured: number[] = [];
  // Against the best before the row began: what is a little quicker each time still gets quicker.
  let best = Number.POSITIVE_INFINITY;
  let inARow = 0;
  while (measured.length < atMost && inARow < IN_A_ROW) {
    const now = await measure();
    measured.push(now);
    const isQuicker = now < best * (1 - NOISE);
    inARow = isQuicker ? 0 : inARow + 1;
    if (isQuicker) best = now;
  }
  return measured;
}
