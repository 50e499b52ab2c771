import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@meridian/testing';
import { crc32c } from '@node-rs/crc32';
import { expect, inject, it } from 'vitest';
import { ensureTopics } from './admin.ts';
import { createKafka } from './connection.ts';

const [RECORDS, RECORD_BYTES, PARTITIONS] = [24_000, 1_024, 3];
const CHECKSUM_AT = 17;
const CHECKED_FROM = 21;
const FILL = 0xee;

it('batches keep their bytes until their taker is done, also one that fails first, and are overwritten then', async () => {
  const kafka = createKafka({ clientId: 'answer-reuse', brokers: inject('kafkaBrokers') });
  const topic = `reuse-${randomUUID()}`;
  await ensureTopics(kafka, [{ topic, partitions: PARTITIONS }]);
  const producer = await kafka.producer();
  const value = randomBytes(RECORD_BYTES);
  for (let n = 0; n < RECORDS; n += 600)
    await producer.send(
      topic,
      Array.from({ length: 600 }, (_, i) => ({ key: 'k', value, partition: i % PARTITIONS })),
    );
  let records = 0;
  const damaged: string[] = [];
  const memories = new Map<ArrayBufferLike, number>();
  const failed = new WeakSet<object>();
  const reader = await kafka.consumeUndecoded({
    ...{ groupId: topic, topics: [topic] },
    onBatches: async ({ batches, partition }) => {
      // Others are received, and handed out, meanwhile.
      await pause(partition * 15);
      for (const { batch, offset } of batches) {
        const view = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.byteLength);
        if (crc32c(view.subarray(CHECKED_FROM)) !== view.readUInt32BE(CHECKSUM_AT))
          damaged.push(`${partition}@${offset}`);
      }
      const [first] = batches;
      if (first && !failed.has(first) && partition === 1) {
        failed.add(first);
        throw new Error('not yet');
      }
      for (const { batch } of batches) {
        records += batch.recordCount;
        memories.set(batch.bytes.buffer, (memories.get(batch.bytes.buffer) ?? 0) + batch.recordCount);
        // So that a part that is handed out again, or to two, is seen.
        batch.bytes.fill(FILL);
      }
      return undefined;
    },
  });
  try {
    await eventually(() => expect(records).toBe(RECORDS), { withinMs: 30_000, everyMs: 20 });
    expect(damaged).toEqual([]);
    const bytesOfLargest = Math.max(...memories.values()) * RECORD_BYTES;
    const largest = Math.max(...[...memories.keys()].map(({ byteLength }) => byteLength));
    expect(bytesOfLargest, 'no buffer was used twice').toBeGreaterThan(largest);
  } finally {
    await Promise.all([reader.close(), producer.close()]);
  }
});
