import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { eventually } from '@meridian/testing';
import { beforeAll, expect, inject, it } from 'vitest';
import { ensureTopics } from './admin.ts';
import { createKafka } from './connection.ts';
import type { RawHeader } from './record.ts';
import type { RunningConsumer } from './types.ts';

const [PARTITIONS, RECORDS_EACH, RECORD_BYTES, PER_SEND] = [12, 4_200, 512, 600];
/** As many as an event has. */
const HEADERS: RawHeader[] = Array.from({ length: 10 }, (_, i) => [`header-${i}`, Buffer.from(`value ${i}`)]);
/** As long as the handlers are held up, what can be read ahead is read. */
const HELD_MS = 2_000;
const LOOKS = 10;
/** A process has 128 MB of heap, and a service needs some 65 of it for itself. */
const AT_MOST_MB = 40;

let topic: string;
const kafka = createKafka({ clientId: 'backlog-memory', brokers: inject('kafkaBrokers') });

beforeAll(async () => {
  topic = `backlog-${randomUUID()}`;
  await ensureTopics(kafka, [{ topic, partitions: PARTITIONS }]);
  const producer = await kafka.producer();
  const value = 'x'.repeat(RECORD_BYTES);
  for (let n = 0; n < RECORDS_EACH * PARTITIONS; n += PER_SEND)
    await producer.send(
      topic,
      Array.from({ length: PER_SEND }, (_, i) => ({
        key: 'k',
        value,
        headers: HEADERS,
        partition: (n + i) % PARTITIONS,
      })),
    );
  await producer.close();
});

/** Who reads, with what each of its handlers is told of and waits for. */
type Reader = (onPartition: (partition: number) => Promise<void>) => Promise<RunningConsumer>;
const READERS: Record<string, Reader> = {
  'a service': (on) => kafka.consume({ ...reading(), onRecord: ({ partition }) => on(partition) }),
  'an engine that decodes': (on) => kafka.consumeBatches({ ...reading(), onBatch: ({ partition }) => on(partition) }),
};
const reading = () => ({ groupId: randomUUID(), topics: [topic] });

it.each(Object.keys(READERS))('of a backlog in many partitions %s holds no more than it has room for', async (name) => {
  const before = heapMb();
  const held = Promise.withResolvers<void>();
  const begun = new Set<number>();
  const consumer = await (READERS[name] as Reader)((partition) => {
    begun.add(partition);
    return held.promise;
  });
  try {
    await eventually(() => expect(begun.size).toBe(PARTITIONS), { withinMs: 15_000 });
    let most = 0;
    for (let look = 0; look < LOOKS; look += 1) {
      await pause(HELD_MS / LOOKS);
      most = Math.max(most, heapMb() - before);
    }
    expect(most).toBeLessThan(AT_MOST_MB);
  } finally {
    held.resolve();
    await consumer.close();
  }
});

/** What is left when all garbage is collected. */
function heapMb(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed / 1e6;
}
