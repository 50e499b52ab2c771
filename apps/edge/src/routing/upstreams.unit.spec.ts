import { afterEach, expect, it } from 'vitest';
import { topology } from '../testing/start-edge.ts';
import { Upstreams } from './upstreams.ts';

const outlier = { failureRatio: 0.5, minRequests: 2, baseMs: 60_000, longestMs: 60_000, largestPart: 0.5 };
const limits = { probeFailures: 2, probeSuccesses: 2, requestFailures: 3 };
const up = { up: true, sinceMs: 0, probeFailures: 0, requestFailures: 0 } as const;
const down = { up: false, sinceMs: 0, why: 'refused', probeSuccesses: 0 } as const;

const upstreams = () =>
  new Upstreams(
    topology,
    () => 'http://127.0.0.1:9',
    { connections: 1, connectTimeoutMs: 100, silenceMs: 100 },
    limits,
    outlier,
    () => {},
  );
let all = upstreams();
const eu = () => all.of('eu-west', 'order');
afterEach(async () => {
  await all.destroy();
  all = upstreams();
});

it('takes a region that is up for the first time for one that was not away', () => {
  all.setHealth(eu(), down);
  all.setHealth(eu(), up);
  expect(eu().returnedAtMs).toBeNull();
});

it('knows when a region came back that had been ready', () => {
  eu().probeMs = 1;
  all.setHealth(eu(), down);
  all.setHealth(eu(), up);
  expect(eu().returnedAtMs).toBeGreaterThan(0);
  expect(all.lastReturnAtMs).toBe(eu().returnedAtMs);
});

it('keeps an ejected upstream out, whatever its probes say', () => {
  for (let i = 0; i < 2; i++) all.countOutcome(eu(), true);
  expect(all.healthByService.order['eu-west']).toBe(false);
  all.setHealth(eu(), down);
  all.setHealth(eu(), up);
  expect(all.healthByService.order['eu-west']).toBe(false);
  expect(all.healthByService.user['eu-west']).toBe(true);
});
