import { expect, it } from 'vitest';
import { createHeartbeats } from './heartbeats.ts';

const origin = { region: 'eu-west', service: 'user' };
const at = new Date('2026-11-24T12:00:00.000Z');
const view = (horizon: string) => ({ horizon, at });
const lanesOf = (batch: ReturnType<ReturnType<typeof createHeartbeats>['take']>) =>
  batch.flatMap(({ topic, records }) => records.map(({ partition }) => `${topic}/${partition}`));
const all = ['users.v1/0', 'users.v1/1', 'users.v1/2', 'users.v1/3'];

/** One that has told everybody at 0 ms. */
function told() {
  const heartbeats = createHeartbeats(['users.v1'], 4, origin);
  expect(heartbeats.dueInMs(0)).toBe(0);
  expect(lanesOf(heartbeats.take(view('10'), 0))).toEqual(all);
  return heartbeats;
}

it('while nothing happens every partition is told once a second', () => {
  const heartbeats = told();
  expect(heartbeats.dueInMs(400)).toBe(600);
  expect(lanesOf(heartbeats.take(view('10'), 1_000))).toEqual(all);
});

it('after a publication those are told that had no part in it, and not more often than every 50 ms', () => {
  const heartbeats = told();
  heartbeats.published('11', ['users.v1/2'], '12');
  expect(heartbeats.dueInMs(20)).toBe(30);
  expect(lanesOf(heartbeats.take(view('12'), 50))).toEqual(['users.v1/0', 'users.v1/1', 'users.v1/3']);
  expect(heartbeats.dueInMs(60)).toBe(990);
});

it('a partition whose last record could not yet promise its own transaction is told later', () => {
  const heartbeats = told();
  // The batch was full: more rows of transaction 11 might follow.
  heartbeats.published('11', all, '11');
  expect(heartbeats.dueInMs(50)).toBe(0);
  expect(lanesOf(heartbeats.take(view('15'), 50))).toEqual(all);
  expect(heartbeats.dueInMs(60)).toBe(990);
});

it('is small: no key, no value, no sequence, no trace', () => {
  const [batch] = createHeartbeats(['users.v1'], 4, origin).take(view('10'), 0);
  expect(batch?.records[0]).toEqual({
    key: null,
    value: null,
    partition: 0,
    headers: {
      ce_specversion: '1.0',
      ce_id: '10',
      ce_source: '/eu-west/user',
      ce_type: 'meridian.heartbeat.v1',
      ce_time: '2026-11-24T12:00:00.000Z',
      ce_horizon: '10',
    },
  });
});

it('there are none without topics', () =>
  expect(createHeartbeats([], 4, origin).dueInMs(0)).toBe(Number.POSITIVE_INFINITY));
