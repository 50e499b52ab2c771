import { createRequire } from 'node:module';
import { readBatches, recordBytesOf, rewriteRecords, toProduced } from '@meridian/record-batches';
import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { Kafka } from './kafkajs.ts';

/** kafkajs's own encoder and decoder, which know nothing of @meridian/record-batches. */
const require = createRequire(import.meta.url);
const inside = (path: string) => require(`kafkajs/src/${path}`);
beforeAll(() => expect(Kafka).toBeTypeOf('function'));

const bytes = fc.option(fc.uint8Array({ maxLength: 60 }).map((held) => Buffer.from(held)));
const header = fc.tuple(fc.string({ maxLength: 8 }), bytes);
const record = fc.record({
  timestampDelta: fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
  ...{ key: bytes, value: bytes },
  headers: fc.array(header, { maxLength: 3 }),
});
const batch = fc.record({
  compression: fc.constantFrom(0, 1, 4),
  transactional: fc.boolean(),
  producerId: fc.constantFrom(-1, 0, 77),
  firstTimestamp: fc.integer({ min: 0, max: 2 ** 42 }),
  records: fc.array(record, { minLength: 1, maxLength: 10 }),
});
type Batch = typeof batch extends fc.Arbitrary<infer T> ? T : never;

async function encode({ records, producerId, ...told }: Batch): Promise<Buffer> {
  const encodeRecord = inside('protocol/recordBatch/record/v0/index.js');
  const Long = inside('utils/long.js');
  const latest = Math.max(...records.map(({ timestampDelta }) => told.firstTimestamp + timestampDelta));
  const { RecordBatch } = inside('protocol/recordBatch/v0/index.js');
  const encoded = await RecordBatch({
    ...{ ...told, maxTimestamp: latest, lastOffsetDelta: records.length - 1, producerId: Long.fromValue(producerId) },
    records: records.map((one, offsetDelta) => encodeRecord({ ...one, offsetDelta })),
  });
  return encoded.buffer;
}

async function decode(encoded: Uint8Array) {
  const Decoder = inside('protocol/decoder.js');
  const decoded = await inside('protocol/recordBatch/v0/decoder.js')(new Decoder(Buffer.from(encoded)));
  const { producerId, inTransaction } = decoded as { producerId: string; inTransaction: boolean };
  const records = (decoded.records as Record<string, unknown>[]).map(({ key, value, headers, timestamp }) => ({
    ...{ key, value, headers, timestamp },
  }));
  return { producerId, inTransaction, records };
}

function read(fetched: Buffer) {
  const found = readBatches(fetched, crc32c);
  if (!found.ok) throw new Error(found.reason);
  return found.batches;
}

it('what kafkajs has encoded and is passed on, kafkajs decodes as it was, and of no producer', async () => {
  await fc.assert(
    fc.asyncProperty(batch, async (told) => {
      const encoded = await encode(told);
      const before = await decode(encoded);
      const [found] = read(encoded);
      if (!found) throw new Error('no batch');
      const after = await decode(toProduced(found, crc32c));
      expect(after).toEqual({ records: before.records, producerId: '-1', inTransaction: false });
    }),
  );
});

it('uncompressed batches that are joined, kafkajs decodes as they were, one after the other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 4 }), async (told) => {
      const encoded = await Promise.all(told.map((one) => encode({ ...one, compression: 0 })));
      const before = await Promise.all(encoded.map(decode));
      const parts = read(Buffer.concat(encoded)).map((one) => ({ batch: one, records: recordBytesOf(one), from: 0n }));
      const joined = rewriteRecords(parts, crc32c) as Uint8Array;
      expect(read(Buffer.from(joined))).toHaveLength(1);
      expect((await decode(joined)).records).toEqual(before.flatMap(({ records }) => records));
    }),
  );
});
