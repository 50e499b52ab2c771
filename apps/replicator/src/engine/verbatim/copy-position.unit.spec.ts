import type { ProducedBy, UndecodedBatch } from '@meridian/record-batches';
import { expect, it } from 'vitest';
import { readNote, recordsThere, toNote } from './copy-position.ts';

const by: ProducedBy = { producerId: 2n ** 53n + 1n, producerEpoch: 3, baseSequence: 100 };

/** A batch as it lies in the copy. */
function written({ producerId, producerEpoch, baseSequence }: ProducedBy, records: number, kept = records) {
  const bytes = Buffer.alloc(61);
  bytes.writeBigInt64BE(producerId, 43);
  bytes.writeInt16BE(producerEpoch, 51);
  bytes.writeInt32BE(baseSequence, 53);
  const offsets = { baseOffset: 70n, lastOffset: 70n + BigInt(records) - 1n };
  return { bytes, ...offsets, recordCount: kept, attributes: 0 } as unknown as UndecodedBatch;
}

it('what is noted is read again as it was', () => expect(readNote(toNote(by))).toEqual(by));

it.each([undefined, '', 'another engine 1/2/3', 'verbatim 1/2', 'verbatim 1/2/-3'])('%s is no note', (note) =>
  expect(readNote(note)).toBeUndefined(),
);

it('of the copy’s last batch follows how many records it has from the noted one on', () => {
  expect(recordsThere(written({ ...by, baseSequence: 110 }, 5), by)).toBe(15);
  expect(recordsThere(written({ ...by, baseSequence: 95 }, 5), by)).toBe(0);
});

it('records that compaction has taken out of it count', () =>
  expect(recordsThere(written({ ...by, baseSequence: 110 }, 5, 1), by)).toBe(15));

it('a copy that ends before the noted record has lost some', () =>
  expect(recordsThere(written({ ...by, baseSequence: 90 }, 5), by)).toBe(-5));

it.each([
  ['an empty copy', undefined],
  ['one that ends with a batch of nobody', written({ producerId: -1n, producerEpoch: -1, baseSequence: -1 }, 5)],
  ['one that ends with a batch of another producer', written({ ...by, producerId: 7n }, 5)],
])('of %s nothing is known', (_what, last) => expect(recordsThere(last, by)).toBeUndefined());
