import { remoteTopic } from '@meridian/contracts';
import { ensureTopics, type OutgoingRecord } from '@meridian/kafka';
import { createLogger } from '@meridian/service-kit/process';
import { eventually } from '@meridian/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CutLink } from './cut-link.fixture.ts';
import { OWN_ENGINE_NAMES, OWN_ENGINES, type OwnEngineName } from './engine/engines.ts';
import type { RunningCopy } from './engine/replication-engine.ts';
import { recordsOf } from './read-topic.fixture.ts';
import { TestCluster } from './test-cluster.fixture.ts';

const soon = { withinMs: 10_000 };

let link: CutLink;
let origin: TestCluster;
let target: TestCluster;
let copy: RunningCopy;
beforeAll(async () => {
  link = await CutLink.open();
  [origin, target] = await Promise.all([TestCluster.start('origin', link), TestCluster.start('target')]);
});
beforeEach(() => {
  said.length = 0;
});
afterEach(async () => {
  link.heal();
  await copy.stop();
});
afterAll(async () => {
  link.close();
  await Promise.all([origin.destroy(), target.destroy()]);
});

const said: Record<string, unknown>[] = [];
const logger = createLogger('replicator', { level: 'error' });
logger.error = ((details: Record<string, unknown>, message: string) => said.push({ ...details, message })) as never;
logger.child = (() => logger) as never;

function start(engine: OwnEngineName): RunningCopy {
  return OWN_ENGINES[engine]({ refreshMs: 200 }).start({
    origin: { region: 'eu-west', brokers: [`127.0.0.1:${link.port}`] },
    target: { region: 'us-east', brokers: target.brokers },
    ...{ regions: ['us-east', 'eu-west'], logger },
  });
}

async function write(topic: string, life: string, count: number): Promise<void> {
  await ensureTopics(origin.kafka, [{ topic, partitions: 1 }]);
  const producer = await origin.kafka.producer();
  await producer.send(
    topic,
    Array.from({ length: count }, (_, i): OutgoingRecord => ({ key: 'k', value: `${life} ${i}` })),
  );
  await producer.close();
}
async function deleteTopic(topic: string): Promise<void> {
  const admin = origin.kafka.admin();
  await admin.deleteTopic(topic);
  await eventually(async () => expect((await admin.listTopics()).map((one) => one.topic)).not.toContain(topic), soon);
  await admin.close();
}
const isOf = (life: string) => (records: readonly { value: Buffer | null }[]) =>
  new Set(records.map(({ value }) => String(value)).filter((value) => value.startsWith(life))).size;
const saidOf = (topic: string) => said.filter(({ log }) => log === `${topic}/0`).map(({ message }) => message);

describe.each(OWN_ENGINE_NAMES)(
  'by the %s engine: a topic that was deleted and made anew, and is longer now,',
  (engine) => {
    it('is copied from its beginning, and that is said, when all of it happened behind a cut link', async () => {
      const topic = `cut-${engine}.v1`;
      await write(topic, 'first', 50);
      copy = start(engine);
      await recordsOf(target.kafka, remoteTopic('eu-west', topic), 50);
      link.cut();
      await deleteTopic(topic);
      await write(topic, 'second', 80);
      link.heal();
      const all = await recordsOf(target.kafka, remoteTopic('eu-west', topic), 80, isOf('second'));
      expect(isOf('second')(all)).toBe(80);
      expect(saidOf(topic)).toEqual([expect.stringContaining('copied from its beginning')]);
    });

    it('and of which nothing had been copied, is copied without a word', async () => {
      const topic = `empty-${engine}.v1`;
      await ensureTopics(origin.kafka, [{ topic, partitions: 1 }]);
      copy = start(engine);
      await eventually(() => {
        expect(copy.status()).toMatchObject({ originConnected: true, topics: expect.arrayContaining([topic]) });
      }, soon);
      link.cut();
      await deleteTopic(topic);
      await write(topic, 'second', 80);
      link.heal();
      const all = await recordsOf(target.kafka, remoteTopic('eu-west', topic), 80);
      expect(isOf('second')(all)).toBe(80);
      expect(saidOf(topic)).toEqual([]);
    });

    it('and when it happened while nobody copied it', async () => {
      const topic = `stopped-${engine}.v1`;
      await write(topic, 'first', 50);
      copy = start(engine);
      await recordsOf(target.kafka, remoteTopic('eu-west', topic), 50);
      await copy.stop();
      await deleteTopic(topic);
      await write(topic, 'second', 80);
      copy = start(engine);
      const all = await recordsOf(target.kafka, remoteTopic('eu-west', topic), 130);
      expect(isOf('second')(all)).toBe(80);
      expect(saidOf(topic)).toEqual([expect.stringContaining('copied from its beginning')]);
    });
  },
);
