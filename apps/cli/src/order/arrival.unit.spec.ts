import { expect, test } from 'vitest';
import { arrivalFaults, commitTimeMs, judgeArrival } from './arrival.ts';

const at = (ms: number) => new Date(ms).toISOString();

test('the commit is taken to be when the service says', () => {
  expect(commitTimeMs({ sentAtMs: 1000, answeredAtMs: 1020, statedAt: at(1012) })).toBe(1012);
});

test('a service whose clock is off cannot put the commit outside of the request', () => {
  expect(commitTimeMs({ sentAtMs: 1000, answeredAtMs: 1020, statedAt: at(900) })).toBe(1000);
  expect(commitTimeMs({ sentAtMs: 1000, answeredAtMs: 1020, statedAt: at(9000) })).toBe(1020);
  expect(commitTimeMs({ sentAtMs: 1000, answeredAtMs: 1020, statedAt: '' })).toBe(1000);
});

test('an arrival after RTT/2 is in order', () => {
  const arrival = judgeArrival({ region: 'us-east', seenAtMs: 1061 }, 1000, 42.45);
  expect(arrival).toMatchObject({ afterMs: 61, verdict: 'arrived' });
  expect(arrivalFaults('eu-west', [arrival])).toEqual([]);
});

test('an arrival before RTT/2 tells of a bypass or a wrong clock', () => {
  const arrival = judgeArrival({ region: 'us-east', seenAtMs: 1042.4 }, 1000, 42.45);
  expect(arrival.verdict).toBe('too-early');
  expect(arrivalFaults('eu-west', [arrival])[0]).toContain(
    "below the link's RTT/2 of 42.5 ms: something bypasses the WAN",
  );
});

test('an order that never arrives is a fault that says why', () => {
  const arrival = judgeArrival({ region: 'us-east', trouble: 'nothing listens there' }, 1000, 42.45);
  expect(arrival).toMatchObject({ afterMs: null, verdict: 'not-seen' });
  expect(arrivalFaults('eu-west', [arrival])).toEqual([
    'The order of eu-west did not become readable in us-east (nothing listens there).',
  ]);
});
