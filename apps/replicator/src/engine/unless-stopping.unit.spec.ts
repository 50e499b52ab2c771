import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type UnlessStopping, unlessStopping } from './unless-stopping.ts';

let stopping: AbortController;
let waits: UnlessStopping;
beforeEach(() => {
  vi.useFakeTimers();
  stopping = new AbortController();
  waits = unlessStopping(stopping.signal);
});
afterEach(() => {
  vi.useRealTimers();
});

/** As of a target that is away. */
const never = () => new Promise<never>(() => {});
/** What became of it by now: `undefined` when nothing did. */
function outcomeOf(work: Promise<unknown>): { current: unknown } {
  const outcome: { current: unknown } = { current: undefined };
  const become = (now: unknown) => {
    outcome.current = now;
  };
  work.then(become, (failure: Error) => become(failure.message));
  return outcome;
}

it('an acknowledgement is waited for, however long, until the replicator stops, and then for a second', async () => {
  const outcome = outcomeOf(waits(never));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(outcome.current).toBeUndefined();
  stopping.abort();
  await vi.advanceTimersByTimeAsync(999);
  expect(outcome.current).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(outcome.current).toBe('not acknowledged before the end');
});

it('what begins after the stop has what is left of that second', async () => {
  stopping.abort();
  await vi.advanceTimersByTimeAsync(600);
  expect(await waits(async () => 'acknowledged')).toBe('acknowledged');
  const outcome = outcomeOf(waits(never));
  await vi.advanceTimersByTimeAsync(399);
  expect(outcome.current).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(outcome.current).toBe('not acknowledged before the end');
});

it('behind that second nothing is sent any more', async () => {
  stopping.abort();
  await vi.advanceTimersByTimeAsync(1_000);
  const send = vi.fn(never);
  await expect(waits(send)).rejects.toThrow('left to the next one');
  expect(send).not.toHaveBeenCalled();
});
