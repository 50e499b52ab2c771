import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LinkTimes } from './link-times.ts';

const BYTES = 4_000_000;
const answers = { lastArrival: { beganAtMs: 0, bytes: 0, ms: 0 } };
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** A question whose answer begins to come after `beginsMs`, comes for `ms`, and is decoded for `decodingMs`. */
const question = (beginsMs: number, ms: number, decodingMs: number) => async () => {
  vi.advanceTimersByTime(beginsMs);
  const beganAtMs = performance.now();
  vi.advanceTimersByTime(ms);
  answers.lastArrival = { beganAtMs, bytes: BYTES, ms };
  vi.advanceTimersByTime(decodingMs);
};

it('a round trip is until an answer begins to come, whatever it takes to come and to be decoded', async () => {
  const times = new LinkTimes(answers);
  expect(times.roundTripMs).toBe(Number.POSITIVE_INFINITY);
  await times.of(question(5, 95, 20));
  expect(times.roundTripMs).toBe(5);
  expect(times.lastArrival).toMatchObject({ bytes: BYTES, ms: 95 });
});

it('of several the shortest, as a broker may take its time; how quick the link is, is told by the last', async () => {
  const times = new LinkTimes(answers);
  for (const [beginsMs, ms] of [
    [80, 10],
    [3, 40],
    [500, 30],
  ] as const)
    await times.of(question(beginsMs, ms, 0));
  expect([times.roundTripMs, times.lastArrival.ms]).toEqual([3, 30]);
});

it('when another answer came before this one was decoded, the round trip is not taken for shorter', async () => {
  const times = new LinkTimes(answers);
  await times.of(async () => {
    await question(237, 10, 0)();
    await question(50, 10, 0)();
  });
  expect(times.roundTripMs).toBeGreaterThanOrEqual(237);
});
