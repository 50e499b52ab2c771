import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { ensureTopics } from './admin.ts';
import { createKafka } from './connection.ts';
import type { LogReader, RecordProducer } from './types.ts';

const kafka = createKafka({ clientId: 'kafka-test', brokers: inject('kafkaBrokers') });
let topic: string;
let producer: RecordProducer;
let reader: LogReader;

beforeEach(async () => {
  topic = `log.${randomUUID()}`;
  await ensureTopics(kafka, [{ topic, partitions: 2 }]);
  producer = await kafka.producer();
  reader = kafka.logReader();
});
afterEach(async () => {
  reader.close();
  await producer.close();
});

const append = (n: number, timestampMs: number) =>
  producer.append(topic, { key: null, value: `${n}`, partition: 1, timestampMs });
async function all(from: string): Promise<number[]> {
  const { records, nextOffset } = await reader.read(topic, 1, from);
  const here = records.map(({ value }) => Number(value));
  return nextOffset === from ? here : [...here, ...(await all(nextOffset))];
}

describe('a log', () => {
  it('is read from any offset to its end, beyond which there is nothing', async () => {
    for (let n = 0; n < 5; n += 1) await append(n, 1_000 + n);
    expect(await reader.bounds(topic, 1)).toEqual({ start: '0', end: '5' });
    expect(await all('0')).toEqual([0, 1, 2, 3, 4]);
    expect(await all('3')).toEqual([3, 4]);
    expect(await reader.read(topic, 1, '5')).toEqual({ records: [], nextOffset: '5' });
    expect(await reader.bounds(topic, 0)).toEqual({ start: '0', end: '0' });
  });

  it('begins where it was cut off', async () => {
    for (let n = 0; n < 3; n += 1) await append(n, 1_000 + n);
    const admin = kafka.admin();
    await admin.deleteRecordsBefore(topic, { 1: '2' });
    await admin.close();
    expect(await reader.bounds(topic, 1)).toEqual({ start: '2', end: '3' });
  });

  it('names the first record that is not older than a time, also where clocks disagreed', async () => {
    for (const [n, timestampMs] of [2_000, 5_000, 3_000, 5_000, 6_000].entries()) await append(n, timestampMs);
    expect(await reader.firstSince(topic, 1, 1_000)).toBe('0');
    expect(await reader.firstSince(topic, 1, 3_000)).toBe('1');
    expect(await reader.firstSince(topic, 1, 5_000)).toBe('1');
    expect(await reader.firstSince(topic, 1, 5_001)).toBe('4');
    expect(await reader.firstSince(topic, 1, 6_001)).toBeNull();
  });

  it('is read while the first of the named brokers is away, and so is what is asked next', async () => {
    await append(0, 1_000);
    const brokers = ['127.0.0.1:1', ...inject('kafkaBrokers')];
    const other = createKafka({ clientId: 'kafka-test', brokers }).logReader();
    expect(await other.bounds(topic, 1)).toEqual({ start: '0', end: '1' });
    await expect(other.bounds(topic, 7)).rejects.toThrow('nobody leads it');
    expect(await other.bounds(topic, 1)).toEqual({ start: '0', end: '1' });
    other.close();
  });

  it('of a partition that is not there cannot be read, and the next question is answered all the same', async () => {
    await append(0, 1_000);
    await expect(reader.bounds(topic, 7)).rejects.toThrow(`${topic}/7`);
    expect(await all('0')).toEqual([0]);
  });
});

describe('the positions of a group', () => {
  it('are set by one who is no member, for several topics at once, and told', async () => {
    const other = `${topic}.other`;
    await ensureTopics(kafka, [{ topic: other, partitions: 1 }]);
    const group = `group.${randomUUID()}`;
    const admin = kafka.admin();
    expect(await admin.positionsOf(group)).toEqual([]);
    expect(await admin.membersOf(group)).toBe(0);
    const positions = [
      { topic, partition: 1, offset: '4' },
      { topic: other, partition: 0, offset: '2' },
    ];
    await admin.setPositions(group, positions);
    const told = await admin.positionsOf(group);
    expect(told.sort((a, b) => (a.topic < b.topic ? -1 : 1))).toEqual(positions);
    await admin.close();
  });
});
