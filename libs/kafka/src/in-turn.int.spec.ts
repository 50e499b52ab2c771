import { randomUUID } from 'node:crypto';
import { eventually } from '@meridian/testing';
import { expect, inject, it } from 'vitest';
import { ensureTopics } from './admin.ts';
import { createKafka } from './connection.ts';

const [PARTITIONS, SENDS, RECORDS_PER_SEND, RECORD_BYTES] = [4, 20, 40, 1_024];
/** A send's batch of a partition: an answer has room for one of them. */
const ANSWER_BYTES = RECORDS_PER_SEND * RECORD_BYTES;

it('partitions with a backlog are read in turn, also where an answer has no room for all of them', async () => {
  const kafka = createKafka({ clientId: 'in-turn', brokers: inject('kafkaBrokers') });
  const topic = `in-turn-${randomUUID()}`;
  await ensureTopics(kafka, [{ topic, partitions: PARTITIONS }]);
  const producer = await kafka.producer();
  const value = 'x'.repeat(RECORD_BYTES);
  for (let n = 0; n < SENDS; n += 1)
    await producer.send(
      topic,
      Array.from({ length: RECORDS_PER_SEND * PARTITIONS }, (_, i) => ({ key: 'k', value, partition: i % PARTITIONS })),
    );
  const read: number[] = new Array(PARTITIONS).fill(0);
  let whenFirstWasDone: number[] | undefined;
  const reader = await kafka.consumeUndecoded({
    ...{ groupId: topic, topics: [topic], maxBytes: ANSWER_BYTES, maxBytesPerPartition: ANSWER_BYTES },
    onBatches: async ({ partition, batches }) => {
      for (const { batch } of batches) read[partition] = (read[partition] ?? 0) + batch.recordCount;
      if (read[partition] === SENDS * RECORDS_PER_SEND) whenFirstWasDone ??= [...read];
      return undefined;
    },
  });
  try {
    await eventually(() => expect(read).toEqual(new Array(PARTITIONS).fill(SENDS * RECORDS_PER_SEND)), {
      withinMs: 20_000,
    });
    // Not half of it by chance: the first answer of a session brings more than one.
    expect(Math.min(...(whenFirstWasDone as number[]))).toBeGreaterThan((SENDS * RECORDS_PER_SEND) / 2);
  } finally {
    await Promise.all([reader.close(), producer.close()]);
  }
});
