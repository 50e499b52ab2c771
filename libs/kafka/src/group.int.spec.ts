import { randomUUID } from 'node:crypto';
import { eventually } from '@meridian/testing';
import pino from 'pino';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { ensureTopics } from './admin.ts';
import { createKafka } from './connection.ts';
import type { IncomingRecord } from './record.ts';
import type { ConsumeOptions, RecordProducer, RunningConsumer } from './types.ts';

const PARTITIONS = 4;
const options = { clientId: 'kafka-test', brokers: inject('kafkaBrokers') };
const kafka = createKafka(options);
let topic: string;
let producer: RecordProducer;
const consumers: RunningConsumer[] = [];

beforeEach(async () => {
  topic = `group.${randomUUID()}`;
  producer = await kafka.producer();
});
afterEach(async () => {
  await Promise.all([producer.close(), ...consumers.splice(0).map((consumer) => consumer.close())]);
});

const makeTopic = () => ensureTopics(kafka, [{ topic, partitions: PARTITIONS }]);

interface Member {
  consumer: RunningConsumer;
  records: IncomingRecord[];
}
async function join(options: Partial<ConsumeOptions> = {}, through = kafka): Promise<Member> {
  const records: IncomingRecord[] = [];
  const onRecord = async (record: IncomingRecord) => {
    await new Promise((resolve) => setImmediate(resolve));
    records.push(record);
  };
  const consumer = await through.consume({ groupId: topic, topics: [topic], onRecord, ...options });
  consumers.push(consumer);
  return { consumer, records };
}

const partitionsOf = ({ records }: Member, from = 0) => new Set(records.slice(from).map(({ partition }) => partition));
const isOrdered = (values: number[]) => values.every((value, i) => i === 0 || value > (values[i - 1] as number));

it('members share the partitions; when they come and go no record is lost, and each partition stays in order', async () => {
  await makeTopic();
  let sent = 0;
  let stop = false;
  const sending = (async () => {
    while (!stop) {
      const value = `${sent}`;
      await producer.send(
        topic,
        Array.from({ length: PARTITIONS }, (_, partition) => ({ key: null, value, partition })),
      );
      sent += 1;
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  })();
  const first = await join();
  await eventually(() => expect(partitionsOf(first).size).toBe(PARTITIONS), { withinMs: 10_000 });
  const second = await join();
  await eventually(() => expect(partitionsOf(second).size).toBe(PARTITIONS / 2), { withinMs: 10_000 });
  const before = first.records.length;
  await eventually(
    () => {
      expect(first.records.length).toBeGreaterThan(before + 50);
      expect(partitionsOf(first, -20).size).toBe(PARTITIONS / 2);
    },
    { withinMs: 10_000 },
  );
  // What a member says of its lag is about its own partitions.
  expect(Object.keys(first.consumer.health.lag()).length).toBe(PARTITIONS / 2);
  await first.consumer.close();
  await eventually(() => expect(partitionsOf(second).size).toBe(PARTITIONS), { withinMs: 10_000 });
  stop = true;
  await sending;

  const all = [first, second].flatMap(({ records }) => records);
  await eventually(
    () => {
      const seen = new Set([first, second].flatMap(({ records }) => records.map((r) => `${r.partition}/${r.value}`)));
      expect(seen.size).toBe(sent * PARTITIONS);
    },
    { withinMs: 10_000 },
  );
  for (const { records } of [first, second])
    for (let partition = 0; partition < PARTITIONS; partition += 1)
      expect(isOrdered(records.filter((r) => r.partition === partition).map(({ offset }) => Number(offset)))).toBe(
        true,
      );
  // At least once: the second handles again what the first had done and not committed when it had to let go.
  expect(all.length - new Set(all.map((r) => `${r.partition}/${r.offset}`)).size).toBeLessThan(all.length / 2);
});

it('a consumer waits for a topic that is made later', async () => {
  const said: { level: number; msg: string; why?: string }[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => void said.push(JSON.parse(line)) });
  const { consumer, records } = await join({}, createKafka({ ...options, logger }));
  await eventually(() => expect(said[0]?.why).toContain('does not host this topic-partition'), { withinMs: 5_000 });
  expect(consumer.health.connected).toBe(false);
  await makeTopic();
  await producer.send(topic, [{ key: 'a', value: 'b' }]);
  await eventually(() => expect(records.length).toBe(1), { withinMs: 5_000 });
  expect(consumer.health.connected).toBe(true);
  // Once that it is away, once that it is back, and nothing of kafkajs's own between them.
  expect(said.map(({ msg }) => msg)).toEqual([
    'the consumer is not in its group; trying until it is',
    'the consumer is a member of its group again',
  ]);
});

it('a group that begins at the end reads what comes from then on', async () => {
  await makeTopic();
  await producer.send(topic, [{ key: 'a', value: 'old' }]);
  const { consumer, records } = await join({ fromBeginning: false });
  await eventually(() => expect(consumer.health.connected).toBe(true), { withinMs: 5_000 });
  // A member knows where it begins with its first fetch, which is a moment after it has joined.
  await eventually(
    async () => {
      await producer.send(topic, [{ key: 'a', value: 'new' }]);
      expect(records.length).toBeGreaterThan(0);
    },
    { withinMs: 5_000 },
  );
  expect(records.map(({ value }) => String(value))).not.toContain('old');
});

it('a signal closes a consumer, also one that has not begun', async () => {
  await makeTopic();
  const stop = new AbortController();
  const { consumer, records } = await join({ signal: stop.signal });
  await eventually(() => expect(consumer.health.connected).toBe(true), { withinMs: 5_000 });
  stop.abort();
  await eventually(() => expect(consumer.health.connected).toBe(false), { withinMs: 3_000 });
  const late = await join({ signal: stop.signal });
  await producer.send(topic, [{ key: 'a', value: 'b' }]);
  const other = await join({ groupId: randomUUID() });
  await eventually(() => expect(other.records.length).toBe(1), { withinMs: 5_000 });
  expect([late.consumer.health.connected, late.records, records]).toEqual([false, [], []]);
});
