import { randomUUID } from 'node:crypto';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { ensureTopics } from './admin.ts';
import { createKafka } from './connection.ts';
import { ProducerClosed, RecordsRefused } from './persistent-client.ts';
import type { RecordProducer } from './types.ts';

const kafka = createKafka({ clientId: 'kafka-test', brokers: inject('kafkaBrokers') });
let topic: string;
let producer: RecordProducer;

beforeEach(async () => {
  topic = `produced.${randomUUID()}`;
  await ensureTopics(kafka, [{ topic, partitions: 2 }]);
  producer = await kafka.producer();
});
afterEach(() => producer.close());

async function logEnd(): Promise<Record<number, string>> {
  const admin = kafka.admin();
  return admin.logEnd(topic).finally(() => admin.close());
}

it('connects by itself, and says whether it is connected', async () => {
  expect(producer.connected).toBe(false);
  await eventually(() => expect(producer.connected).toBe(true), { withinMs: 5_000 });
  await producer.close();
  expect(producer.connected).toBe(false);
});

it('a record that is too large is refused at once, and those that follow go out', async () => {
  const startedMs = performance.now();
  const large = producer.send(topic, [{ key: 'a', value: Buffer.alloc(3_000_000), partition: 0 }]);
  await expect(large).rejects.toThrow(RecordsRefused);
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  await producer.send(topic, [{ key: 'a', value: 'small', partition: 0 }]);
  expect(await logEnd()).toEqual({ 0: '1', 1: '0' });
});

it('a topic that is not there is waited for, but not for ever', async () => {
  const late = `${topic}.late`;
  const waiting = producer.send(late, [{ key: 'a', value: 'b' }]);
  const forNothing = producer.send(`${topic}.never`, [{ key: 'a', value: 'b' }]);
  const refused = expect(forNothing).rejects.toThrow(RecordsRefused);
  await producer.send(topic, [{ key: 'a', value: 'b', partition: 1 }]);
  expect(await logEnd()).toEqual({ 0: '0', 1: '1' });
  await ensureTopics(kafka, [{ topic: late, partitions: 1 }]);
  await waiting;
  await refused;
});

it('a partition that is not there is refused: it is not left out in silence, nor is another one taken', async () => {
  const records = [0, 1, 2].map((partition) => ({ key: 'a', value: 'b', partition }));
  await expect(producer.send(topic, records)).rejects.toThrow('no partition 2');
  expect(await logEnd()).toEqual({ 0: '0', 1: '0' });
});

it('sends at the same time do not disturb each other', async () => {
  const records = Array.from({ length: 200 }, (_, n) => ({ key: `${n}`, value: 'x'.repeat(5_000) }));
  await Promise.all(Array.from({ length: 20 }, () => producer.send(topic, records)));
  const ends = await logEnd();
  expect(Number(ends[0]) + Number(ends[1])).toBe(4_000);
});

it('a closed producer refuses', async () => {
  await producer.close();
  await expect(producer.send(topic, [{ key: 'a', value: 'b' }])).rejects.toThrow(ProducerClosed);
});
