import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKafka, ensureTopics, type RecordProducer } from '@meridian/kafka';
import { createLogger } from '@meridian/service-kit/process';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { CutLink } from '../../cut-link.fixture.ts';
import { TestCluster } from '../../test-cluster.fixture.ts';
import { ObservedCopy } from './observed-copy.ts';
import { offsetsTopic } from './worker-journal.ts';
import { WorkerProcess } from './worker-process.ts';

/** Half of the longest round trip that there is between regions. */
const ONE_WAY_MS = 118;
/** The engine looks at the origin once a second. */
const THREE_LOOKS_MS = 4_000;
const TOPIC = 'orders.v1';
const region = `origin-${randomUUID().slice(0, 8)}`;
const target = createKafka({ clientId: 'observed-copy-test', brokers: inject('kafkaBrokers') });

let directory: string;
let link: CutLink;
let origin: TestCluster;
let written: RecordProducer;
let journal: RecordProducer;
let copy: ObservedCopy;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'meridian-observed-'));
  // A worker that writes nothing about itself: the test does.
  const java = path.join(directory, 'java');
  await writeFile(java, '#!/bin/sh\nexec sleep 600\n');
  await chmod(java, 0o755);
  link = await CutLink.open({ answersAfterMs: ONE_WAY_MS });
  origin = await TestCluster.start('observed', link);
  await ensureTopics(target, [{ topic: offsetsTopic(region), partitions: 1 }]);
  await ensureTopics(origin.kafka, [{ topic: TOPIC, partitions: 1 }]);
  [written, journal] = await Promise.all([origin.kafka.producer(), target.producer()]);
  copy = new ObservedCopy(new WorkerProcess('none', java), {
    origin: { region, brokers: [`127.0.0.1:${link.port}`] },
    target: { region: 'us-east', brokers: inject('kafkaBrokers') },
    ...{ regions: ['us-east', region], logger },
  });
});
afterAll(async () => {
  await copy?.stop();
  link.close();
  await Promise.all([written?.close(), journal?.close()]);
  await origin?.destroy();
  await rm(directory, { recursive: true, force: true });
});

const said: string[] = [];
beforeEach(() => {
  said.length = 0;
});
const logger = createLogger('observed-copy-test', { level: 'error' });
logger.warn = ((_: object, message: string) => said.push(message)) as never;
logger.child = (() => logger) as never;
const lossesSaid = () => said.filter((message) => message.startsWith('the origin ends before what was copied of it'));

/** Writes a record, and at once that it was copied. */
async function writeAndCopy(): Promise<void> {
  const { offset } = await written.append(TOPIC, { key: 'k', value: 'v' });
  const key = JSON.stringify(['MirrorSourceConnector', { cluster: region, partition: 0, topic: TOPIC }]);
  await journal.append(offsetsTopic(region), { key, value: JSON.stringify({ offset: Number(offset) }) });
}

it('what is copied while the answer of its origin is on the way is not taken for what the origin has lost', async () => {
  await eventually(() => expect(copy.status().topics).toEqual([TOPIC]), { withinMs: 20_000 });
  const untilMs = performance.now() + THREE_LOOKS_MS;
  while (performance.now() < untilMs) await writeAndCopy();
  expect(lossesSaid()).toEqual([]);
});

it('a log that ends before what was copied of it is', async () => {
  const admin = origin.kafka.admin();
  await admin.deleteTopic(TOPIC);
  await eventually(async () => expect((await admin.listTopics()).map(({ topic }) => topic)).not.toContain(TOPIC), {
    withinMs: 10_000,
  });
  await admin.close();
  await ensureTopics(origin.kafka, [{ topic: TOPIC, partitions: 1 }]);
  await eventually(() => expect(lossesSaid()).toHaveLength(1), { withinMs: 10_000 });
});
