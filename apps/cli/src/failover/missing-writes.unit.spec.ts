import type { InboxResponse, LossResponse, OutboxResponse } from '@meridian/contracts';
import { expect, test } from 'vitest';
import { type MissingEvent, missingWrites, recordFailover, recordNoted } from './missing-writes.ts';

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
  expect(ofOrder(missingWrites(record))).toMatchObject({ held: 40, written: 43, missing: 3 });
});

test('of a region that cannot be asked nothing is claimed', () => {
  const record = recordFailover(failed, survivors, [inbox('us-east', 40)], []);
  expect(ofOrder(record.services)).toMatchObject({ applied: { 'us-east': 40, 'ap-southeast': null }, written: null });
  expect(ofOrder(missingWrites(record))?.missing).toBeNull();
});

test('where no survivor could be asked, nothing is claimed either', () => {
  const record = recordFailover(failed, survivors, [], [outbox(41, 2)]);
  expect(ofOrder(missingWrites(record))).toMatchObject({ written: 43, missing: null });
});

test('at its return it says how many there were', () => {
  const record = {
    ...recordFailover(failed, survivors, [inbox('us-east', 40), inbox('ap-southeast', 37)], []),
    writtenAtReturn: { order: 45 },
  };
  expect(ofOrder(missingWrites(record))?.missing).toBe(5);
});

const missingEvent = (sequence: number, committedAtMs: number): MissingEvent => ({
  ...{ sequence, key: `o-${sequence}`, committedAtMs, hlc: `000000000000${committedAtMs}-0000-eu-west` },
});
const lacking = recordFailover(failed, survivors, [inbox('us-east', 40), inbox('ap-southeast', 37)], [outbox(43, 0)]);

test('the oldest that is missing is as old as it was when the region made its last write, in whichever service', () => {
  // Not in the order of their times: two transactions may commit side by side.
  const events = [missingEvent(41, 920), missingEvent(42, 900), missingEvent(43, 950)];
  const order = { lastWriteMs: 950, events };
  expect(ofOrder(missingWrites({ ...lacking, missingEvents: { order } }))).toMatchObject({ missing: 3, ms: 50 });
  const user = { lastWriteMs: 1_400, events: [] };
  expect(ofOrder(missingWrites({ ...lacking, missingEvents: { order, user } }))).toMatchObject({ ms: 500 });
});

test('a lone last write that is missing is a millisecond of loss: 0 says that nothing is missing', () => {
  const one = recordFailover(failed, survivors, [inbox('us-east', 42)], [outbox(43, 0)]);
  const order = { lastWriteMs: 950, events: [missingEvent(43, 950)] };
  expect(ofOrder(missingWrites({ ...one, missingEvents: { order } }))).toMatchObject({ missing: 1, ms: 1 });
  const none = recordFailover(failed, survivors, [inbox('us-east', 43)], [outbox(43, 0)]);
  expect(ofOrder(missingWrites(none))).toMatchObject({ missing: 0, ms: 0 });
});

test('of how old they were nothing is claimed that the region has not said', () => {
  expect(ofOrder(missingWrites(lacking))).toMatchObject({ missing: 3, ms: null });
  const retained = { order: { lastWriteMs: 950, events: [] } };
  expect(ofOrder(missingWrites({ ...lacking, missingEvents: retained }))?.ms).toBeNull();
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
