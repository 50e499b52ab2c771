import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { ensureTopics } from './admin.ts';
import { createKafka } from './connection.ts';
import type { RecordPosition } from './record.ts';
import type { RecordProducer } from './types.ts';

const kafka = createKafka({ clientId: 'kafka-test', brokers: inject('kafkaBrokers') });
let topic: string;
let producer: RecordProducer;

beforeEach(async () => {
  topic = `records.${randomUUID()}`;
  await ensureTopics(kafka, [{ topic, partitions: 2 }]);
  producer = await kafka.producer();
});
afterEach(() => producer.close());

const append = (n: number, partition: number) =>
  producer.append(topic, { key: null, value: `${n}`, headers: { n: `${n}` }, partition });
const read = async (positions: readonly RecordPosition[]) =>
  (await kafka.readAt(topic, positions)).map(({ value }) => Number(value)).sort((a, b) => a - b);

it('a record is found where its writer was told that it lies, among many and in any partition', async () => {
  const positions: RecordPosition[] = [];
  for (let n = 0; n < 6; n += 1) positions.push(await append(n, n % 2));
  expect(positions.map(({ partition, offset }) => `${partition}:${offset}`)).toEqual(
    ['0:0', '1:0', '0:1', '1:1', '0:2', '1:2'], //
  );
  const wanted = [positions[5], positions[0], positions[4], positions[0]] as RecordPosition[];
  expect(await read(wanted)).toEqual([0, 4, 5]);
  const [record] = await kafka.readAt(topic, [positions[3] as RecordPosition]);
  expect(record).toMatchObject({ topic, partition: 1, offset: '1', headers: { n: Buffer.from('3') } });
});

it('what is no longer there, or never was, is left out', async () => {
  const [gone, left] = [await append(0, 0), await append(1, 0)] as const;
  const admin = kafka.admin();
  await admin.deleteRecordsBefore(topic, { 0: '1' });
  expect(await read([gone, left, { partition: 0, offset: '9' }, { partition: 1, offset: '0' }])).toEqual([1]);
  await admin.deleteRecordsBefore(topic, { 0: '2' });
  await admin.close();
  expect(await read([gone, left])).toEqual([]);
  expect(await read([])).toEqual([]);
});
