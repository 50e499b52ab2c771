import { randomUUID } from 'node:crypto';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { ensureTopics, listTopics } from './admin.ts';
import { createKafka } from './connection.ts';
import { partitionOf } from './partition-of.ts';
import type { IncomingRecord, OutgoingRecord, RawHeader } from './record.ts';
import type { RecordBatch, RecordProducer, RunningConsumer } from './types.ts';

const kafka = createKafka({ clientId: 'kafka-test', brokers: inject('kafkaBrokers') });
let topic: string;
let producer: RecordProducer;
const consumers: RunningConsumer[] = [];

beforeEach(async () => {
  topic = `records.${randomUUID()}`;
  await ensureTopics(kafka, [{ topic, partitions: 4 }]);
  producer = await kafka.producer();
});
afterEach(async () => {
  await Promise.all([producer.close(), ...consumers.splice(0).map((consumer) => consumer.close())]);
});

async function readAll(): Promise<IncomingRecord[]> {
  const records: IncomingRecord[] = [];
  const onRecord = (record: IncomingRecord) => {
    records.push(record);
  };
  consumers.push(await kafka.consume({ groupId: randomUUID(), topics: [topic], onRecord }));
  return records;
}

it('a record comes back byte for byte: key, value, partition, time, and its headers in their order', async () => {
  const headers: RawHeader[] = [
    ['b', Buffer.from([0, 255, 128])],
    ['a', Buffer.from('1')],
    ['b', Buffer.from('again')],
    ['none', null],
    ['2', Buffer.from('')],
    ['1', Buffer.from('é')],
  ];
  const value = Buffer.from([0xff, 0xfe, 0, 1]);
  await producer.send(topic, [
    { key: Buffer.from([0, 200]), value, headers, partition: 3, timestampMs: 1_234_567_890_123 },
    { key: 'k', value: null, partition: 3, timestampMs: 1_000 },
  ]);
  const records = await readAll();
  const [full, tombstone] = await eventually(
    () => {
      expect(records.length).toBe(2);
      return records as [IncomingRecord, IncomingRecord];
    },
    { withinMs: 10_000 },
  );
  expect(full).toMatchObject({ topic, partition: 3, offset: '0', timestampMs: 1_234_567_890_123 });
  expect(full.key).toEqual(Buffer.from([0, 200]));
  expect(full.value).toEqual(value);
  expect(full.rawHeaders).toEqual(headers);
  expect(full.headers).toEqual({ a: headers[1]?.[1], b: headers[2]?.[1], 2: headers[4]?.[1], 1: headers[5]?.[1] });
  expect(tombstone).toMatchObject({ partition: 3, offset: '1', value: null, rawHeaders: [], timestampMs: 1_000 });
});

it('the records of a key are in one partition, the one that Java chooses, and in order', async () => {
  const [ROWS, KEYS] = [400, 20];
  for (let n = 0; n < ROWS; n += 20) {
    const records = Array.from(
      { length: 20 },
      (_, i): OutgoingRecord => ({ key: `key-${i % KEYS}`, value: `${n + i}` }),
    );
    await producer.send(topic, records);
  }
  const records = await readAll();
  await eventually(() => expect(records.length).toBe(ROWS), { withinMs: 10_000 });
  const numbersByKey = Map.groupBy(records, ({ key }) => String(key));
  expect(numbersByKey.size).toBe(KEYS);
  for (const [key, ofKey] of numbersByKey) {
    expect(new Set(ofKey.map(({ partition }) => partition))).toEqual(new Set([partitionOf(key, 4)]));
    const numbers = ofKey.map(({ value }) => Number(value));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  }
});

it('records without a key go to the partitions in turn', async () => {
  await producer.send(
    topic,
    Array.from({ length: 8 }, (_, n) => ({ key: null, value: `${n}` })),
  );
  const records = await readAll();
  await eventually(() => expect(records.length).toBe(8), { withinMs: 10_000 });
  expect(records.map(({ partition }) => partition).sort()).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
});

it('batches of a partition come in order and are handed on again until they are taken', async () => {
  await producer.send(
    topic,
    Array.from({ length: 50 }, (_, n) => ({ key: null, value: `${n}`, partition: n % 2 })),
  );
  const taken: string[][] = [[], []];
  let refusals = 2;
  let inHand = 0;
  const onBatch = async ({ partition, records, highWatermark }: RecordBatch) => {
    if (partition === 0) expect(inHand++).toBe(0);
    if (partition === 0 && refusals-- > 0) {
      inHand -= 1;
      throw new TypeError('not now');
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(highWatermark).toBe('25');
    taken[partition]?.push(...records.map(({ value }) => String(value)));
    if (partition === 0) inHand -= 1;
  };
  const consumer = await kafka.consumeBatches({ groupId: topic, topics: [topic], onBatch });
  consumers.push(consumer);
  await eventually(() => expect(taken.flat().length).toBe(50), { withinMs: 10_000 });
  for (const [partition, values] of taken.entries())
    expect(values).toEqual(Array.from({ length: 25 }, (_, n) => String(2 * n + partition)));
  await eventually(() => expect(consumer.health.lag()).toEqual({ [`${topic}/0`]: 0, [`${topic}/1`]: 0 }), {
    withinMs: 1_000,
  });
  expect(consumer.health.connected).toBe(true);
});

it('batches go on where an earlier reader has committed, or where the log begins now', async () => {
  const send = (from: number, to: number) =>
    producer.send(
      topic,
      Array.from({ length: to - from }, (_, i) => ({ key: 'a', value: String(from + i), partition: 0 })),
    );
  const read = async (until: number): Promise<string[]> => {
    const values: string[] = [];
    const onBatch = async ({ records }: RecordBatch) => void values.push(...records.map(({ value }) => String(value)));
    const consumer = await kafka.consumeBatches({ groupId: topic, topics: [topic], onBatch });
    await eventually(() => expect(values.at(-1)).toBe(String(until - 1)), { withinMs: 10_000 });
    await consumer.close();
    return values;
  };
  await send(0, 10);
  expect(await read(10)).toHaveLength(10);
  await send(10, 20);
  expect(await read(20)).toHaveLength(10);
  await send(20, 40);
  const admin = kafka.admin();
  await admin.deleteRecordsBefore(topic, { 0: '30' });
  await admin.close();
  expect(await read(40)).toHaveLength(10);
});

it('topics are made once, and grow', async () => {
  const wanted = { topic: `${topic}.more`, partitions: 2 };
  await ensureTopics(kafka, [wanted, { topic, partitions: 4 }]);
  await ensureTopics(kafka, [wanted]);
  expect(await listTopics(kafka)).toContainEqual(wanted);
  await ensureTopics(kafka, [{ ...wanted, partitions: 3 }]);
  await eventually(async () => expect(await listTopics(kafka)).toContainEqual({ ...wanted, partitions: 3 }), {
    withinMs: 2_000,
  });
  await producer.send(wanted.topic, [{ key: 'a', value: 'b', partition: 1 }]);
  const admin = kafka.admin();
  expect(await admin.logEnd(wanted.topic)).toEqual({ 0: '0', 1: '1', 2: '0' });
  await admin.close();
});

it('a group that is forgotten begins at the beginning again, and one with a member is not forgotten', async () => {
  const admin = kafka.admin();
  const groupId = randomUUID();
  const read = async () => {
    const records: IncomingRecord[] = [];
    const consumer = await kafka.consume({ groupId, topics: [topic], onRecord: (r) => void records.push(r) });
    consumers.push(consumer);
    await eventually(() => expect(records.map((r) => String(r.value))).toEqual(['once']), { withinMs: 10_000 });
    return consumer;
  };
  try {
    await admin.forgetGroup('nobody-has-heard-of-it');
    await producer.send(topic, [{ key: 'k', value: 'once' }]);
    const consumer = await read();
    await expect(admin.forgetGroup(groupId)).rejects.toThrow();
    await consumer.close();
    await eventually(() => admin.forgetGroup(groupId), { withinMs: 10_000 });
    await read();
  } finally {
    await admin.close();
  }
});
