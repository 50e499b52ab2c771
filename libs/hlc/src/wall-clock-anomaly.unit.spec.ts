import { expect, test } from 'vitest';
import { createHlcClock, type Hlc, type HlcClock } from './index.ts';

/**
 * The schedule of docs/explanation/clocks.md: 100 edits of one field, each by a clerk who has just read the one before, in
 * turn in two regions 42 ms apart. The clock of the second is 400 ms slow, which a time daemon may well allow.
 */
const EDITS = 100;
const ONE_WAY_MS = 42;
const SLOW_MS = 400;

/** How many edits lose against the value that their author had before them. */
function lost(stamp: (region: 0 | 1, trueMs: number, read: Hlc | undefined) => string): number {
  let held: string | undefined;
  let losses = 0;
  for (let i = 0; i < EDITS; i += 1) {
    const written = stamp((i % 2) as 0 | 1, i * ONE_WAY_MS, held);
    // Last writer wins, in every region alike.
    if (held !== undefined && written <= held) losses += 1;
    else held = written;
  }
  return losses;
}

const wallMs = (region: 0 | 1, trueMs: number) => 1_793_000_000_000 + trueMs - (region === 1 ? SLOW_MS : 0);

test('by wall clocks, half of the edits lose against the value that they replace', () => {
  expect(lost((region, trueMs) => String(wallMs(region, trueMs)))).toBe(EDITS / 2);
});

test('by a hybrid logical clock none does', () => {
  let now = 0;
  const clocks = ([0, 1] as const).map((region) =>
    createHlcClock({ region: ['us-east', 'eu-west'][region] as string, wallClockMs: () => wallMs(region, now) }),
  ) as [HlcClock, HlcClock];
  const stamp = (region: 0 | 1, trueMs: number, read: Hlc | undefined) => {
    now = trueMs;
    if (read !== undefined) expect(clocks[region].receive(read).ok).toBe(true);
    return clocks[region].now();
  };
  expect(lost(stamp)).toBe(0);
});
