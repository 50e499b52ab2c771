import { randomUUID } from 'node:crypto';
import { envelopeFromHeaders } from '@meridian/contracts';
import {
  createKafka,
  ensureTopics,
  headersToStrings,
  type IncomingRecord,
  type RecordProducer,
  type RunningConsumer,
} from '@meridian/kafka';
import { eventually } from '@meridian/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { silent } from './recording-producer.fixture.ts';
import { startOutboxRelay } from './relay.ts';
import type { OutboxRelay } from './relay-options.ts';
import { append, createTestDatabase, type TestDatabase } from './test-database.fixture.ts';

let database: TestDatabase;
let topic: string;
let producer: RecordProducer;
let relay: OutboxRelay;
let consumer: RunningConsumer;
let records: IncomingRecord[];

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresUrl'));
});
afterAll(() => database.drop());

beforeEach(async () => {
  topic = `orders.${randomUUID()}`;
  records = [];
  const kafka = createKafka({ clientId: 'outbox-test', brokers: inject('kafkaBrokers') });
  await ensureTopics(kafka, [{ topic, partitions: 4 }]);
  producer = await kafka.producer();
  const { url: databaseUrl } = database;
  relay = await startOutboxRelay({ databaseUrl, region: 'eu-west', service: 'order', producer, logger: silent });
  consumer = await kafka.consume({
    groupId: topic,
    topics: [topic],
    onRecord: (record) => {
      records.push(record);
    },
  });
});
afterEach(async () => {
  await relay.close();
  await Promise.all([producer.close(), consumer.close()]);
});

it('what was committed is in Kafka: each key in one partition and in order, with its envelope and its time', async () => {
  const [ROWS, KEYS] = [300, 20];
  const startedAtMs = Date.now();
  for (let n = 0; n < ROWS; n += 10)
    await append(
      database.pool,
      Array.from({ length: 10 }, (_, i) => ({ topic, key: `key-${(n + i) % KEYS}`, value: { n: n + i } })),
    );
  await eventually(() => expect(records.length).toBe(ROWS), { withinMs: 20_000 });

  const partitionsByKey = new Map<string, Set<number>>();
  const numbersByKey = new Map<string, number[]>();
  for (const { key, value, partition, headers, timestampMs } of records) {
    const text = String(key);
    const { n } = JSON.parse(String(value)) as { n: number };
    partitionsByKey.set(text, (partitionsByKey.get(text) ?? new Set()).add(partition));
    numbersByKey.set(text, [...(numbersByKey.get(text) ?? []), n]);
    // One writer, one row after the other: the n-th row has the n-th sequence.
    const envelope = envelopeFromHeaders(headersToStrings(headers));
    expect(envelope).toMatchObject({ subject: text, originSequence: n + 1, id: `eu-west/order/${n + 1}` });
    expect(Date.parse(envelope.time)).toBe(timestampMs);
    expect(timestampMs).toBeGreaterThanOrEqual(startedAtMs - 1_000);
  }
  expect(numbersByKey.size).toBe(KEYS);
  for (const partitions of partitionsByKey.values()) expect(partitions.size).toBe(1);
  for (const numbers of numbersByKey.values()) expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
});

it('rows that together are larger than a broker takes at once go out all the same', async () => {
  // 12 MB for one partition, where a batch of records may have 1 MB.
  const value = { pad: 'x'.repeat(60_000) };
  await append(
    database.pool,
    Array.from({ length: 200 }, () => ({ topic, key: 'one', value })),
  );
  await eventually(() => expect(relay.status().failing ?? records.length).toBe(200), { withinMs: 20_000 });
});
