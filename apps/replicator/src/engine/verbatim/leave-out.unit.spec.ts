import type { FetchedBatch } from '@meridian/kafka';
import { expect, it } from 'vitest';
import { leaveOut } from './leave-out.ts';

/** A batch of the records from one offset to another. */
function batch(first: number, last: number, recordCount = last - first + 1): FetchedBatch {
  const held = {
    ...{ bytes: new Uint8Array(), baseOffset: BigInt(first), lastOffset: BigInt(last), recordCount, attributes: 0 },
    ...{ baseTimestampMs: 0, maxTimestampMs: 0, producerId: -1n },
  };
  return { offset: String(last), firstOffset: String(first), batch: held };
}
const log = [batch(10, 14), batch(15, 15), batch(16, 19)];
const left = (batches: readonly FetchedBatch[], records: number, from = 10n) => {
  const { rest, skipped, there } = leaveOut(batches, { records, from });
  expect([...skipped, ...rest]).toEqual(batches);
  return { writes: rest.map(({ firstOffset }) => Number(firstOffset)), there };
};

it('with nothing there, all is written', () => {
  expect(left(log, 0)).toEqual({ writes: [10, 15, 16], there: { records: 0, from: 10n } });
});

it('as many records as are there are left out, from the committed offset on', () => {
  expect(left(log, 6)).toEqual({ writes: [16], there: { records: 0, from: 16n } });
  expect(left(log, 10)).toEqual({ writes: [], there: { records: 0, from: 20n } });
});

it('what is there and was not fetched yet is left out of what is fetched next', () => {
  const first = left(log, 12);
  expect(first).toEqual({ writes: [], there: { records: 2, from: 20n } });
  expect(left([batch(20, 21), batch(22, 22)], first.there.records, first.there.from).writes).toEqual([22]);
});

it.each([
  ['behind a gap between batches, where compaction may have taken records out', [batch(10, 14), batch(16, 19)], [16]],
  ['in a batch with a gap', [batch(10, 14), batch(15, 19, 3), batch(20, 21)], [15, 20]],
  ['when the log begins behind the committed offset', [batch(12, 14), batch(15, 19)], [12, 15]],
  ['in the middle of a batch, as whole ones were written', [batch(10, 14), batch(15, 30)], [15]],
])('nothing is left out %s', (_where, batches, writes) => {
  expect(left(batches, 9)).toMatchObject({ writes, there: { records: 0 } });
});
