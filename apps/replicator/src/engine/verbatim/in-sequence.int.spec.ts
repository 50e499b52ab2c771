import { remoteTopic } from '@meridian/contracts';
import { ensureTopics, type RecordProducer } from '@meridian/kafka';
import { createLogger } from '@meridian/service-kit/process';
import { eventually } from '@meridian/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { recordsOf } from '../../read-topic.fixture.ts';
import { TestCluster } from '../../test-cluster.fixture.ts';
import type { RunningCopy } from '../replication-engine.ts';
import { createVerbatimEngine } from './verbatim-engine.ts';

/** One cluster, which copies its own topics into such as are never copied. */
let cluster: TestCluster;
let producer: RecordProducer;
const running: RunningCopy[] = [];
beforeAll(async () => {
  cluster = await TestCluster.start('in-sequence');
  producer = await cluster.kafka.producer();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((copy) => copy.stop()));
  said.length = 0;
});
afterAll(async () => {
  await producer.close();
  await cluster.destroy();
});

const said: Record<string, unknown>[] = [];
const logger = createLogger('replicator', { level: 'error' });
logger.error = ((details: Record<string, unknown>, message: string) => said.push({ ...details, message })) as never;
logger.child = (() => logger) as never;

function start(region: string): RunningCopy {
  const { brokers } = cluster;
  const copy = createVerbatimEngine({ refreshMs: 200 }).start({
    ...{ origin: { region: 'eu-west', brokers }, target: { region, brokers } },
    ...{ regions: ['us-east', 'eu-west'], logger },
  });
  running.push(copy);
  return copy;
}
const send = (topic: string, from: number, to: number) =>
  producer.send(
    topic,
    Array.from({ length: to - from }, (_, i) => ({ key: 'k', value: String(from + i), partition: (from + i) % 2 })),
  );
const copied = async (topic: string, atLeast: number) =>
  (await recordsOf(cluster.kafka, remoteTopic('eu-west', topic), atLeast))
    .map(({ value }) => Number(value))
    .sort((a, b) => a - b);
const upTo = (count: number) => [...Array(count).keys()];
const saidOf = (topic: string) => said.filter(({ log }) => String(log).includes(topic));
const caughtUp = (copy: RunningCopy) =>
  eventually(() => expect(copy.status().behind).toBe(0), { withinMs: 10_000, everyMs: 20 });

it('two replicators that copy the same at the same time write every record once', async () => {
  const topic = 'by-two.v1';
  await ensureTopics(cluster.kafka, [{ topic, partitions: 2 }]);
  const first = start('two');
  await send(topic, 0, 100);
  expect(await copied(topic, 100)).toEqual(upTo(100));
  // The position of the first is committed now, and the second goes on from it while the first does.
  await caughtUp(first);
  await first.stop();
  const both = [start('two'), start('two')];
  for (let n = 100; n < 3_000; n += 50) await send(topic, n, n + 50);
  expect(await copied(topic, 3_000)).toEqual(upTo(3_000));
  for (const copy of both) await caughtUp(copy);
  expect(await copied(topic, 3_000)).toEqual(upTo(3_000));
  expect(saidOf(topic)).toEqual([]);
});

it('a record of somebody else in the copy costs neither a record nor a second one', async () => {
  const topic = 'by-others.v1';
  await ensureTopics(cluster.kafka, [{ topic, partitions: 2 }]);
  const first = start('others');
  await send(topic, 0, 10);
  await copied(topic, 10);
  await caughtUp(first);
  await first.stop();
  await producer.send(remoteTopic('eu-west', topic), [{ key: 'k', value: '10', partition: 1 }]);
  start('others');
  await send(topic, 11, 20);
  expect(await copied(topic, 20)).toEqual(upTo(20));
});

it('a restart goes on in the same name, and without a word', async () => {
  const topic = 'restarted.v1';
  await ensureTopics(cluster.kafka, [{ topic, partitions: 2 }]);
  const first = start('restarted');
  await send(topic, 0, 10);
  await copied(topic, 10);
  await caughtUp(first);
  await first.stop();
  start('restarted');
  await send(topic, 10, 20);
  expect(await copied(topic, 20)).toEqual(upTo(20));
  expect(saidOf(topic)).toEqual([]);
});
