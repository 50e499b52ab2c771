import { randomUUID } from 'node:crypto';
import { eventually } from '@meridian/testing';
import { expect, inject, it } from 'vitest';
import { ensureTopics } from './admin.ts';
import { createKafka } from './connection.ts';

const [RECORDS, RECORD_BYTES] = [20_000, 1_024];
const MIB = 1024 * 1024;

it('however fast it goes, a sole reader has done at most 4 MiB, and what it has in hand, that a crash would repeat', async () => {
  const kafka = createKafka({ clientId: 'commit-bound', brokers: inject('kafkaBrokers') });
  const topic = `bound-${randomUUID()}`;
  const groupId = `bound-${randomUUID()}`;
  await ensureTopics(kafka, [{ topic, partitions: 1 }]);
  const producer = await kafka.producer();
  const value = 'x'.repeat(RECORD_BYTES);
  for (let n = 0; n < RECORDS; n += 1_000)
    await producer.send(
      topic,
      Array.from({ length: 1_000 }, () => ({ key: 'k', value })),
    );
  const admin = kafka.admin();
  // A cluster that is new has no coordinator yet.
  await eventually(() => admin.unread(groupId, [topic]), { withinMs: 10_000 });
  let done = 0;
  let mostRepeated = 0;
  const startedMs = performance.now();
  const consumer = await kafka.consumeUndecoded({
    ...{ groupId, topics: [topic] },
    onBatches: async ({ batches }) => {
      const committed = RECORDS - (await admin.unread(groupId, [topic]));
      mostRepeated = Math.max(mostRepeated, done - committed);
      for (const { batch } of batches) done += batch.recordCount;
      return undefined;
    },
  });
  try {
    await eventually(() => expect(done).toBe(RECORDS), { withinMs: 20_000, everyMs: 5 });
    const tookMs = Math.round(performance.now() - startedMs);
    console.info(
      `${RECORDS} records of 1 KiB done in ${tookMs} ms, of which a crash would have repeated ${mostRepeated}`,
    );
    // What was done when the last commit left, and one part that is handed on before its answer.
    expect(mostRepeated * RECORD_BYTES).toBeLessThanOrEqual(5 * MIB);
  } finally {
    await Promise.all([consumer.close(), producer.close(), admin.close()]);
  }
});
