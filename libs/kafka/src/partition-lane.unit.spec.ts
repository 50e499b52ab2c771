import { beforeEach, expect, it } from 'vitest';
import { PartitionLane, type ReadBatch } from './partition-lane.ts';
import type { IncomingRecord } from './record.ts';

const read = (from: number, to: number): [IncomingRecord[], string] => [
  Array.from({ length: to - from + 1 }, (_, i) => ({ offset: String(from + i) }) as IncomingRecord),
  String(to),
];
const offsetsOf = ({ records }: ReadBatch) => records.map(({ offset }) => Number(offset));
const soon = () => new Promise((resolve) => setImmediate(resolve));

let inHand: { offsets: number[]; signal: AbortSignal; done(offset: string): void; finish(): void }[];
let lane: PartitionLane;
beforeEach(() => {
  inHand = [];
  lane = new PartitionLane(
    'orders.v1',
    0,
    (batch, done, signal) =>
      new Promise((resolve) => inHand.push({ offsets: offsetsOf(batch), done, signal, finish: resolve })),
  );
});

it('one batch is in hand at a time, the next waits, and what is done is to be committed', async () => {
  lane.accept(...read(5, 6), '9');
  lane.accept(...read(7, 8), '9');
  expect(inHand.map(({ offsets }) => offsets)).toEqual([[5, 6]]);
  expect(lane.hasRoom).toBe(false);
  expect([lane.lag, lane.uncommitted]).toEqual([4, undefined]);
  inHand[0]?.done('5');
  expect([lane.lag, lane.uncommitted]).toEqual([3, '6']);
  inHand[0]?.finish();
  await soon();
  expect(inHand[1]?.offsets).toEqual([7, 8]);
  expect([lane.hasRoom, lane.lag, lane.uncommitted]).toEqual([true, 2, '7']);
});

it('what is read again after a new division of the group is not done again', async () => {
  lane.accept(...read(0, 3), '6');
  lane.accept(...read(0, 3), '6');
  lane.accept(...read(2, 5), '6');
  inHand[0]?.finish();
  await soon();
  expect(inHand.map(({ offsets }) => offsets)).toEqual([
    [0, 1, 2, 3],
    [4, 5],
  ]);
});

it('a topic that was made anew is read from its beginning', async () => {
  lane.accept(...read(10, 12), '13');
  inHand[0]?.finish();
  await soon();
  lane.accept(...read(0, 1), '2');
  expect(inHand[1]?.offsets).toEqual([0, 1]);
});

it('after a reset nothing of what is in hand counts, and what is read anew waits for its end', async () => {
  lane.accept(...read(0, 3), '4');
  lane.reset();
  expect(inHand[0]?.signal.aborted).toBe(true);
  lane.accept(...read(0, 3), '4');
  expect(inHand.length).toBe(1);
  inHand[0]?.done('0');
  inHand[0]?.finish();
  await soon();
  expect([inHand.length, lane.uncommitted]).toEqual([2, undefined]);
  expect(inHand[1]?.signal.aborted).toBe(false);
});

it('when it finishes, the record in hand counts and nothing else is begun', async () => {
  lane.accept(...read(0, 3), '8');
  lane.accept(...read(4, 7), '8');
  lane.finish();
  expect(inHand[0]?.signal.aborted).toBe(true);
  inHand[0]?.done('0');
  inHand[0]?.finish();
  await lane.untilIdle();
  expect([inHand.length, lane.uncommitted]).toEqual([1, '1']);
});
