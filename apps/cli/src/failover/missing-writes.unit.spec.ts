import type { InboxResponse, LossResponse, OutboxResponse } from '@meridian/contracts';
import { expect, test } from 'vitest';
import { fatesOf, missingWrites, recordFailover, recordNoted } from './missing-writes.ts';

const failed = { region: 'eu-west', epoch: 4, atMs: 1_000 };
const survivors = ['us-east', 'ap-southeast'];
const inbox = (region: string, last: number, missing = 0): InboxResponse => ({
  ...{ region, service: 'order', openDeadLetters: 0 },
  bySource: {
    '/eu-west/order': { appliedLast: last, appliedUpTo: last - missing, missing, gaps: [], openDeadLetters: 0 },
  },
});
const outbox = (published: number, pending: number): OutboxResponse => ({
  ...{ region: 'eu-west', service: 'order', publishedSequence: published, pending },
});
const ofOrder = <T extends { service: string }>(all: readonly T[] | undefined) =>
  all?.find(({ service }) => service === 'order');

test('what a region wrote and no survivor has is missing; what one of them has is not', () => {
  const record = recordFailover(failed, survivors, [inbox('us-east', 40), inbox('ap-southeast', 37)], [outbox(41, 2)]);
  expect(ofOrder(missingWrites(record))).toEqual({ service: 'order', held: 40, written: 43, missing: 3 });
});

test('of a region that cannot be asked nothing is claimed', () => {
  const record = recordFailover(failed, survivors, [inbox('us-east', 40)], []);
  expect(ofOrder(record.services)).toMatchObject({ applied: { 'us-east': 40, 'ap-southeast': null }, written: null });
  expect(ofOrder(missingWrites(record))?.missing).toBeNull();
  expect(fatesOf(record, [], {})).toBeUndefined();
});

test('where no survivor could be asked, nothing is claimed either', () => {
  const record = recordFailover(failed, survivors, [], [outbox(41, 2)]);
  expect(ofOrder(missingWrites(record))).toMatchObject({ written: 43, missing: null });
});

test('at its return it says how many there were, and they are followed until every region has them', () => {
  const record = {
    ...recordFailover(failed, survivors, [inbox('us-east', 40), inbox('ap-southeast', 37)], []),
    writtenAtReturn: { order: 45 },
  };
  expect(ofOrder(missingWrites(record))?.missing).toBe(5);
  const onTheWay = [inbox('us-east', 45), inbox('ap-southeast', 43, 1)];
  expect(ofOrder(fatesOf(record, onTheWay, {}))).toMatchObject({ missing: 5, arrived: 2, outstanding: 3 });
  const there = [inbox('us-east', 45), inbox('ap-southeast', 60)];
  expect(ofOrder(fatesOf(record, there, { order: 2 }))).toMatchObject({ arrived: 5, outstanding: 0, overwritten: 2 });
});

const noted = (notedBy: string, applied: LossResponse['applied'], epoch = 4): LossResponse => ({
  ...{ region: 'eu-west', epoch, decidedAtMs: 1_000, applied, notedBy, notedAt: '2026-11-29T12:00:00.000Z' },
});

test('what the controls noted when the regions failed it by themselves is the record that a command would have made', () => {
  const losses = [noted('us-east', { order: 40 }), noted('ap-southeast', { order: 37, user: null })];
  const asked = recordFailover(failed, survivors, [inbox('us-east', 40), inbox('ap-southeast', 37)], [outbox(41, 2)]);
  const record = recordNoted(losses, [outbox(41, 2)]);
  expect(record).toMatchObject(failed);
  expect(ofOrder(record?.services)).toEqual(ofOrder(asked.services));
  expect(record && ofOrder(missingWrites(record))).toMatchObject({ held: 40, written: 43, missing: 3 });
  expect(record?.services[0]).toEqual({
    ...{ service: 'user', applied: { 'us-east': null, 'ap-southeast': null }, written: null },
  });
});

test('of a control that noted an earlier failure alone nothing is taken, and of none there is no record', () => {
  const losses = [noted('us-east', { order: 12 }, 2), noted('ap-southeast', { order: 37 })];
  expect(ofOrder(recordNoted(losses, [])?.services)?.applied).toEqual({ 'ap-southeast': 37 });
  expect(recordNoted([], [])).toBeUndefined();
});
