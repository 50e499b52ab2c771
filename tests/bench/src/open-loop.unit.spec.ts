import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openLoop } from './open-loop.ts';
import { quantile } from './statistics.ts';

it('a stall counts for all that were due while it lasted, not for one', async () => {
  const STALL_MS = 200;
  let stall: Promise<void> | undefined;
  const latenciesMs = await openLoop({
    perSecond: 200,
    forMs: 400,
    send: () => {
      stall ??= pause(STALL_MS);
      return stall;
    },
  });
  expect(latenciesMs).toHaveLength(80);
  // A closed loop of one client would have counted one request of 200 ms, and a p90 of nothing.
  expect(quantile(latenciesMs, 0.9)).toBeGreaterThan(STALL_MS / 2);
});

it('an answer that does not come well ends it', () =>
  expect(openLoop({ perSecond: 100, forMs: 50, send: () => Promise.reject(new Error('503')) })).rejects.toThrow('503'));
