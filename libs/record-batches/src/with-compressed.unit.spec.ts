import { gunzipSync, gzipSync } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import { expect, it } from 'vitest';
import { batchOf } from './batch.fixture.ts';
import { readBatches } from './read-batches.ts';
import { codecOf, recordBytesOf, type UndecodedBatch } from './record-batch.ts';
import { rewriteRecords } from './rewrite-records.ts';
import { withCompressed } from './with-compressed.ts';

const read = (bytes: Uint8Array): UndecodedBatch => {
  const found = readBatches(bytes, crc32c);
  if (!found.ok || found.batches.length !== 1 || found.cutOffBytes > 0) throw new Error(JSON.stringify(found));
  return found.batches[0] as UndecodedBatch;
};

it('is a whole batch of the codec, with the records, times, numbers and producer that it had', () => {
  const originals = [5n, 7n].map((baseOffset) =>
    read(
      batchOf({
        baseOffset,
        records: [
          { value: 'a', timestampMs: 1_000 },
          { value: 'b', timestampMs: 2_000 },
        ],
      }),
    ),
  );
  const parts = originals.map((batch) => ({ batch, records: recordBytesOf(batch), from: batch.baseOffset }));
  const by = { producerId: 9n, producerEpoch: 1, baseSequence: 40 };
  const plain = rewriteRecords(parts, crc32c, undefined, by) as Uint8Array;
  const { bytes: _, attributes: __, ...before } = read(plain);
  const made = read(withCompressed(plain, 'gzip', gzipSync(recordBytesOf({ bytes: plain })), crc32c));
  const { bytes, attributes: ___, ...after } = made;
  expect(after).toEqual(before);
  expect(codecOf(made)).toBe('gzip');
  expect(gunzipSync(recordBytesOf({ bytes })).equals(recordBytesOf({ bytes: plain }))).toBe(true);
});
