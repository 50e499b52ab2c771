import { expect, test } from 'vitest';
import { runSchedule } from './src/run/run-schedule.ts';
import type { Decision } from './src/world/schedule.ts';

/** What the simulation found and has been mended since (README.md), each with the schedule that met it. */
function findingsOf(schedule: Decision[], seeds: number): string[] {
  const runs = Array.from({ length: seeds }, (_, i) => runSchedule(i + 1, schedule));
  return runs.flatMap(({ seed, finding }) => (finding ? [`seed ${seed}: ${finding.invariant}: ${finding.what}`] : []));
}

const lamp = { atMs: 10, session: 'ada', region: 'us-east', do: 'create-product' as const, sku: 'lamp' };
const o1 = { do: 'place' as const, order: 'o1', sku: 'lamp', quantity: 2 };

test('an answer that is lost between reserving and placing leaves no units out of stock', () => {
  const schedule: Decision[] = [
    { ...lamp, units: { 'us-east': 5, 'eu-west': 5, 'ap-southeast': 5 } },
    { atMs: 900, forMs: 4_000, fault: 'lost-answers', region: 'us-east' },
    { atMs: 1_000, session: 'ada', region: 'us-east', ...o1 },
  ];
  expect(findingsOf(schedule, 50)).toEqual([]);
});

// With fewer units than the three want together, and with as many.
test.each([2, 4])(
  'of three placings under one key each has its own reservation, be it a borrowed one (%i)',
  (units) => {
    const schedule: Decision[] = [
      { ...lamp, units: { 'us-east': 0, 'eu-west': 2, 'ap-southeast': units } },
      { atMs: 500, forMs: 4_000, fault: 'clock', region: 'us-east', skewMs: -2_000 },
      { atMs: 1_000, session: 'ada', region: 'us-east', ...o1 },
      { atMs: 1_010, session: 'ben', region: 'eu-west', ...o1 },
      { atMs: 1_020, session: 'cyd', region: 'ap-southeast', ...o1 },
    ];
    expect(findingsOf(schedule, 300)).toEqual([]);
  },
);

test('a payment made in a region where the order was placed at another price does not count, and is given back', () => {
  const schedule: Decision[] = [
    { ...lamp, units: { 'us-east': 5 } },
    // A client's price rises with what it has done before.
    { atMs: 5, session: 'ben', region: 'eu-west', do: 'register', user: 'u1' },
    { ...lamp, session: 'ben', region: 'eu-west', units: { 'eu-west': 5 } },
    { atMs: 60, forMs: 3_000, fault: 'isolate', region: 'eu-west' },
    { atMs: 500, forMs: 4_000, fault: 'clock', region: 'us-east', skewMs: -2_000 },
    { atMs: 1_000, session: 'ada', region: 'us-east', ...o1 },
    { atMs: 1_010, session: 'ben', region: 'eu-west', ...o1 },
    { atMs: 1_500, session: 'ben', region: 'eu-west', do: 'pay', order: 'o1' },
  ];
  expect(findingsOf(schedule, 50)).toEqual([]);
});

test('a row that a dead process has written after its successor began is changed under a later reading', () => {
  const o8 = { do: 'place' as const, order: 'o8', sku: 'rug', quantity: 2 };
  const ap = 'ap-southeast';
  const schedule: Decision[] = [
    { ...lamp, atMs: 142, region: ap, sku: 'rug', units: { 'us-east': 2, 'eu-west': 3, [ap]: 2 } },
    { atMs: 413, session: 'dov', region: ap, do: 'restock', sku: 'rug', units: 1 },
    { atMs: 935, session: 'ben', region: 'eu-west', ...o8 },
    { atMs: 936, session: 'cyd', region: ap, ...o8 },
    { atMs: 944, forMs: 794, fault: 'clock', region: ap, skewMs: 2_770 },
    { atMs: 959, session: 'ada', region: 'us-east', ...o8 },
    { atMs: 1_753, forMs: 251, fault: 'crash-service', region: ap, service: 'catalog' },
    { atMs: 2_712, session: 'ada', region: ap, do: 'place', order: 'o10', sku: 'rug', quantity: 1 },
  ];
  expect(findingsOf(schedule, 30)).toEqual([]);
});
