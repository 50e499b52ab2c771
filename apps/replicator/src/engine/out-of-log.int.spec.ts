import { remoteTopic } from '@meridian/contracts';
import { ensureTopics } from '@meridian/kafka';
import { createLogger } from '@meridian/service-kit/process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordsOf } from '../read-topic.fixture.ts';
import { TestCluster } from '../test-cluster.fixture.ts';
import { OWN_ENGINE_NAMES, OWN_ENGINES, type OwnEngineName } from './engines.ts';
import type { RunningCopy } from './replication-engine.ts';

/** One cluster, which copies its own topics into such as are never copied. */
let cluster: TestCluster;
let copy: RunningCopy | undefined;
beforeAll(async () => {
  cluster = await TestCluster.start('out-of-log');
});
afterAll(async () => {
  await copy?.stop();
  await cluster.destroy();
});

const said: Record<string, unknown>[] = [];
const logger = createLogger('replicator', { level: 'error' });
logger.error = ((details: Record<string, unknown>, message: string) => said.push({ ...details, message })) as never;
logger.child = (() => logger) as never;

function start(engine: OwnEngineName, region: string): RunningCopy {
  const { brokers } = cluster;
  return OWN_ENGINES[engine]({ refreshMs: 200 }).start({
    ...{ origin: { region: 'eu-west', brokers }, target: { region, brokers } },
    ...{ regions: ['us-east', 'eu-west'], logger },
  });
}

describe.each(OWN_ENGINE_NAMES)('by the %s engine:', (engine) => {
  it('records that were deleted before they were copied are not in the copy, and how many is said', async () => {
    const topic = `${engine}.v1`;
    await ensureTopics(cluster.kafka, [{ topic, partitions: 1 }]);
    const producer = await cluster.kafka.producer();
    const send = (from: number, to: number) => {
      const values = Array.from({ length: to - from }, (_, i) => ({ key: 'k', value: String(from + i) }));
      return producer.send(topic, values);
    };
    await send(0, 5);
    copy = start(engine, engine);
    await recordsOf(cluster.kafka, remoteTopic('eu-west', topic), 5);
    await copy.stop();
    // One batch of ten, of which the first three are deleted.
    await send(5, 15);
    const admin = cluster.kafka.admin();
    await admin.deleteRecordsBefore(topic, { 0: '8' });
    await admin.close();
    said.length = 0;
    copy = start(engine, engine);
    const records = await recordsOf(cluster.kafka, remoteTopic('eu-west', topic), 12);
    expect(records.map(({ value }) => Number(value))).toEqual([0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14]);
    expect(said).toEqual([
      expect.objectContaining({ log: `${topic}/0`, heldOffset: '5', startOffset: '8', lost: '3' }),
    ]);
    await copy.stop();
    await producer.close();
  });
});
