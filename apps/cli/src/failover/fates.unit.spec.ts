import type { InboxResponse } from '@meridian/contracts';
import { expect, test } from 'vitest';
import { fatesOf } from './fates.ts';
import { type MissingEvent, recordFailover } from './missing-writes.ts';

const inbox = (region: string, last: number, missing = 0): InboxResponse => ({
  ...{ region, service: 'order', openDeadLetters: 0 },
  bySource: {
    '/eu-west/order': { appliedLast: last, appliedUpTo: last - missing, missing, gaps: [], openDeadLetters: 0 },
  },
});
const hlcAt = (ms: number) => `${String(ms).padStart(15, '0')}-0000-eu-west`;
const missingEvent = (sequence: number): MissingEvent => ({
  ...{ sequence, key: `o-${sequence}`, committedAtMs: sequence, hlc: hlcAt(sequence) },
});
const before = recordFailover(
  { region: 'eu-west', epoch: 4, atMs: 1_000 },
  ['us-east', 'ap-southeast'],
  [inbox('us-east', 40), inbox('ap-southeast', 37)],
  [],
);
const record = {
  ...before,
  writtenAtReturn: { order: 45 },
  missingEvents: { order: { lastWriteMs: 45, events: [41, 42, 43, 44, 45].map(missingEvent) } },
};
const everywhere = [inbox('us-east', 60), inbox('ap-southeast', 60)];
const ofOrder = (...of: Parameters<typeof fatesOf>) =>
  fatesOf(...of)?.services.find(({ service }) => service === 'order');

test('before the region is back nothing is said of what became of them', () => {
  expect(fatesOf(before, everywhere, [])).toBeUndefined();
});

test('each is followed until every region has it', () => {
  const onTheWay = [inbox('us-east', 45), inbox('ap-southeast', 43, 1)];
  expect(ofOrder(record, onTheWay, [])).toMatchObject({ missing: 5, ms: 4, arrived: 2, outstanding: 3 });
  expect(ofOrder(record, everywhere, [])).toMatchObject({ arrived: 5, outstanding: 0, overwritten: 0 });
});

test('what the region wrote before or after them can lose as well, and is none of them', () => {
  const lost = [
    { aggregateId: 'o-42', hlc: hlcAt(42) },
    { aggregateId: 'o-44', hlc: hlcAt(44) },
    // Of the same aggregate, and made after its return.
    { aggregateId: 'o-44', hlc: hlcAt(5_000) },
    // Survivors had it.
    { aggregateId: 'o-12', hlc: hlcAt(12) },
    ...Array.from({ length: 6 }, (_, i) => ({ aggregateId: `o-${100 + i}`, hlc: hlcAt(6_000 + i) })),
  ];
  expect(ofOrder(record, everywhere, lost)).toMatchObject({ missing: 5, overwritten: 2 });
});

test('a write that lost in two of its fields is one', () => {
  const one = { aggregateId: 'o-42', hlc: hlcAt(42) };
  expect(ofOrder(record, everywhere, [one, { ...one }])?.overwritten).toBe(1);
});

test('how many were overwritten is not claimed where the region has not said which they were', () => {
  const { missingEvents, ...silent } = record;
  expect(ofOrder(silent, everywhere, [])).toMatchObject({ arrived: 5, overwritten: null });
  expect(missingEvents.order.events).toHaveLength(5);
});

test('of each that the region told of it is said what became of it', () => {
  const onTheWay = [inbox('us-east', 45), inbox('ap-southeast', 43, 1)];
  const lost = [{ aggregateId: 'o-42', hlc: hlcAt(42) }];
  expect(fatesOf(record, onTheWay, lost)?.writes.map(({ sequence, fate }) => [sequence, fate])).toEqual([
    [41, 'came'],
    [42, 'overwritten'],
    [43, 'still missing'],
    [44, 'still missing'],
    [45, 'still missing'],
  ]);
});
