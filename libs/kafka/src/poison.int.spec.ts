import { randomUUID } from 'node:crypto';
import { dlqTopic } from '@meridian/contracts';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { ensureTopics, listTopics } from './admin.ts';
import { createKafka } from './connection.ts';
import { DEAD_LETTER_HEADERS } from './dead-letters.ts';
import { headersToStrings, type IncomingRecord, type RawHeader } from './record.ts';
import { RetryForever } from './retry-forever.ts';
import type { ConsumeOptions, RecordProducer, RunningConsumer } from './types.ts';

const kafka = createKafka({ clientId: 'kafka-test', brokers: inject('kafkaBrokers') });
let topic: string;
let producer: RecordProducer;
const consumers: RunningConsumer[] = [];

beforeEach(async () => {
  topic = `us-east.orders.${randomUUID()}`;
  await ensureTopics(kafka, [{ topic, partitions: 2 }]);
  producer = await kafka.producer();
});
afterEach(async () => {
  await Promise.all([producer.close(), ...consumers.splice(0).map((consumer) => consumer.close())]);
});

const makeDlq = () => ensureTopics(kafka, [{ topic: dlqTopic(topic), partitions: 1 }]);
const numbered = (partition: number, ...numbers: number[]) =>
  numbers.map((n) => ({ key: `key-${n}`, value: `${n}`, partition }));
const numberOf = ({ value }: IncomingRecord) => Number(value);

async function consume(options: Partial<ConsumeOptions> & Pick<ConsumeOptions, 'onRecord'>): Promise<RunningConsumer> {
  const consumer = await kafka.consume({ groupId: topic, topics: [topic], ...options });
  consumers.push(consumer);
  return consumer;
}

async function collect(from: string): Promise<IncomingRecord[]> {
  const records: IncomingRecord[] = [];
  await consume({ groupId: randomUUID(), topics: [from], onRecord: (record) => void records.push(record) });
  return records;
}

it('poison goes to the dead letters once, as it was and with its reason, and the partition goes on within 5 s', async () => {
  await makeDlq();
  const headers: RawHeader[] = [
    ['same', Buffer.from('1')],
    ['same', null],
  ];
  const tries: number[] = [];
  const handled: { n: number; atMs: number }[] = [];
  const consumer = await consume({
    onRecord(record) {
      if (numberOf(record) !== 1) return void handled.push({ n: numberOf(record), atMs: performance.now() });
      tries.push(performance.now());
      throw new TypeError(`cannot read this${'.'.repeat(600)}`);
    },
  });
  await producer.send(topic, [...numbered(0, 0), { key: 'key-1', value: '1', headers, partition: 0 }]);
  await producer.send(topic, numbered(0, 2, 3));
  await eventually(() => expect(handled.map(({ n }) => n)).toEqual([0, 2, 3]), { withinMs: 8_000 });
  expect((handled[1]?.atMs ?? 0) - (tries[0] ?? 0)).toBeLessThan(5_000);
  expect(tries.length).toBe(5);
  expect((tries[4] ?? 0) - (tries[0] ?? 0)).toBeLessThan(3_000);

  const letters = await collect(dlqTopic(topic));
  const [letter] = await eventually(
    () => {
      expect(letters.length).toBe(1);
      return letters as [IncomingRecord];
    },
    { withinMs: 5_000 },
  );
  expect(letter.key?.toString()).toBe('key-1');
  expect(letter.value?.toString()).toBe('1');
  expect(letter.rawHeaders.slice(0, 2)).toEqual(headers);
  const said = headersToStrings(letter.headers);
  expect(said).toMatchObject({
    [DEAD_LETTER_HEADERS.group]: topic,
    [DEAD_LETTER_HEADERS.topic]: topic,
    [DEAD_LETTER_HEADERS.partition]: '0',
    [DEAD_LETTER_HEADERS.offset]: '1',
    [DEAD_LETTER_HEADERS.attempts]: '5',
  });
  expect(said[DEAD_LETTER_HEADERS.reason]).toMatch(/^TypeError: cannot read this\.+$/);
  expect(said[DEAD_LETTER_HEADERS.reason]?.length).toBe(500);
  expect(Date.now() - Date.parse(String(said[DEAD_LETTER_HEADERS.time]))).toBeLessThan(10_000);

  // What was dead-lettered is done with: another member of the group does not meet it again.
  await consumer.close();
  const after: number[] = [];
  await consume({ onRecord: (record) => void after.push(numberOf(record)) });
  await producer.send(topic, numbered(0, 4));
  await eventually(() => expect(after).toEqual([4]), { withinMs: 8_000 });
  expect(letters.length).toBe(1);
});

it('a partition whose record has to wait holds up no other one', async () => {
  let away = true;
  const handled: number[] = [];
  await consume({
    onRecord(record) {
      if (away && record.partition === 0) throw new RetryForever('the database is away');
      handled.push(numberOf(record));
    },
  });
  await producer.send(topic, numbered(0, 0, 1, 2));
  for (let n = 3; n < 10; n += 1) {
    await producer.send(topic, numbered(0, 100 + n));
    await producer.send(topic, numbered(1, n));
    await eventually(() => expect(handled).toContain(n), { withinMs: 4_000 });
  }
  away = false;
  await eventually(() => expect(handled.length).toBe(17), { withinMs: 5_000 });
});

it('RetryForever, longer than the session, keeps membership and order, and ends in no dead letter', async () => {
  await makeDlq();
  const untilMs = performance.now() + 7_000;
  const handled: number[] = [];
  let tries = 0;
  const consumer = await consume({
    onRecord(record) {
      tries += 1;
      if (performance.now() < untilMs) throw new RetryForever('the database is away');
      handled.push(numberOf(record));
    },
  });
  await producer.send(topic, numbered(0, 0, 1, 2));
  await eventually(() => expect(tries).toBeGreaterThan(2), { withinMs: 5_000 });
  const lost: number[] = [];
  await eventually(
    () => {
      if (!consumer.health.connected) lost.push(performance.now());
      expect(handled.length).toBe(3);
    },
    { withinMs: 12_000 },
  );
  expect(handled).toEqual([0, 1, 2]);
  expect(lost).toEqual([]);
  const admin = kafka.admin();
  expect(await admin.logEnd(dlqTopic(topic))).toEqual({ 0: '0' });
  await admin.close();
});

it('a dead letter that cannot be written is no reason to pass a record over', async () => {
  const handled: number[] = [];
  let tries = 0;
  await consume({
    maxAttempts: 1,
    onRecord(record) {
      if (numberOf(record) === 0) {
        tries += 1;
        throw new Error('poison');
      }
      handled.push(numberOf(record));
    },
  });
  await producer.send(topic, numbered(0, 0, 1));
  // A topic that is not there is waited for 10 s; then the record is tried anew.
  await eventually(() => expect(tries).toBe(2), { withinMs: 20_000 });
  expect(handled).toEqual([]);
  expect((await listTopics(kafka)).map((found) => found.topic)).not.toContain(dlqTopic(topic));
  await makeDlq();
  await eventually(() => expect(handled).toEqual([1]), { withinMs: 8_000 });
});

it('a record in hand is finished and committed by close; the others are left for who comes next', async () => {
  const handled: number[] = [];
  let release = () => {};
  const inHand = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = await consume({
    async onRecord(record) {
      await inHand;
      handled.push(numberOf(record));
    },
  });
  await producer.send(topic, numbered(0, 0, 1, 2));
  await eventually(() => expect(first.health.lag()).toEqual({ [`${topic}/0`]: 3 }), { withinMs: 8_000 });
  const startedMs = performance.now();
  const closing = first.close();
  release();
  await closing;
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  expect(handled).toEqual([0]);
  await consume({ onRecord: (record) => void handled.push(numberOf(record)) });
  await eventually(() => expect(handled).toEqual([0, 1, 2]), { withinMs: 8_000 });
});

it('a record that is not finished when close gives up waiting comes again: it was not committed', async () => {
  let begun = 0;
  const first = await consume({
    onRecord() {
      begun += 1;
      return new Promise(() => undefined);
    },
  });
  await producer.send(topic, numbered(0, 0, 1, 2));
  await eventually(() => expect(begun).toBe(1), { withinMs: 8_000 });
  const startedMs = performance.now();
  await first.close();
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  const handled: number[] = [];
  await consume({ onRecord: (record) => void handled.push(numberOf(record)) });
  await eventually(() => expect(handled).toEqual([0, 1, 2]), { withinMs: 8_000 });
  expect(begun).toBe(1);
});

it('one poison among fifty that are handled together costs itself alone', async () => {
  await makeDlq();
  const runs: number[][] = [];
  const alone: number[] = [];
  await consume({
    maxAttempts: 2,
    onRecord(record) {
      alone.push(numberOf(record));
      throw new TypeError('cannot read this');
    },
    together: {
      async [topic](records) {
        const numbers = records.map(({ record }) => numberOf(record));
        const handled = numbers.includes(20) ? numbers.indexOf(20) : numbers.length;
        if (handled > 0) runs.push(numbers.slice(0, handled));
        return handled;
      },
    },
  });
  const fifty = Array.from({ length: 50 }, (_, n) => n);
  await producer.send(topic, numbered(0, ...fifty));
  await eventually(
    () => expect([...runs.flat(), ...alone].sort((a, b) => a - b)).toEqual([...fifty, 20].sort((a, b) => a - b)),
    { withinMs: 8_000 },
  );
  expect(runs.flat()).toEqual(fifty.filter((n) => n !== 20));
  expect(runs.length).toBeLessThan(5);
  expect(alone).toEqual([20, 20]);
  const letters = await collect(dlqTopic(topic));
  await eventually(() => expect(letters.map(numberOf)).toEqual([20]), { withinMs: 5_000 });
});
