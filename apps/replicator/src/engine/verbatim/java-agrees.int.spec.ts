import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { remoteTopic } from '@meridian/contracts';
import { codecOf } from '@meridian/record-batches';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silent } from '../../read-topic.fixture.ts';
import { TestCluster } from '../../test-cluster.fixture.ts';
import type { RunningCopy } from '../replication-engine.ts';
import { createVerbatimEngine } from './verbatim-engine.ts';

/** One cluster that copies its own topics, into such as are never copied: what is tested is what becomes of the bytes. */
let cluster: TestCluster;
let copy: RunningCopy;
beforeAll(async () => {
  cluster = await TestCluster.start('java');
});
afterAll(async () => {
  await copy?.stop();
  await cluster.destroy();
});

const JARS = path.join(import.meta.dirname, '../../../../../.meridian/cache/kafka-4.3.1/libs/*');
async function java(...args: string[]): Promise<string[]> {
  const source = path.join(import.meta.dirname, 'MixedLog.java');
  const flags = ['-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'];
  const { stdout } = await promisify(execFile)('java', [...flags, '-cp', JARS, source, ...args], {
    maxBuffer: 2 ** 26,
  });
  return stdout.trim().split('\n');
}

/** Per topic and partition, in order: time, key, value, headers. */
function byLog(lines: readonly string[]): Map<string, string[]> {
  const logs = Map.groupBy(lines, (line) => line.split('\t', 2).join('/'));
  return new Map([...logs].map(([log, held]) => [log, held.map((line) => line.split('\t').slice(2).join('\t'))]));
}

/** How many records of a topic lie in batches of each codec, as a reader of committed records sees them. */
async function recordsByCodec(topic: string, count: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  const reader = await cluster.kafka.consumeUndecoded({
    ...{ groupId: `codecs-of-${topic}`, topics: [topic] },
    onBatches: async ({ batches }) => {
      for (const { batch } of batches) found[codecOf(batch)] = (found[codecOf(batch)] ?? 0) + batch.recordCount;
      return undefined;
    },
  });
  const all = () => Object.values(found).reduce((sum, records) => sum + records, 0);
  await eventually(() => expect(all()).toBe(count), { withinMs: 10_000 });
  await reader.close();
  return found;
}

it('every kind of batch that Kafka’s own producer writes is copied, and Kafka’s own consumer finds no difference; what was compressed stays so', async () => {
  const topics = ['mixed.v1', 'brokers-time.v1'];
  await java('write', cluster.brokers[0] as string, ...topics);
  const originals = byLog(await java('read', cluster.brokers[0] as string, ...topics));
  const count = [...originals.values()].reduce((sum, log) => sum + log.length, 0);
  expect(count).toBe(40 * (6 + 4 + 3));
  const { brokers } = cluster;
  copy = createVerbatimEngine({ refreshMs: 200 }).start({
    ...{ origin: { region: 'eu-west', brokers }, target: { region: 'us-east', brokers } },
    ...{ regions: ['us-east', 'eu-west'], logger: silent },
  });
  await eventually(() => expect(copy.status().copiedRecords).toBe(count), { withinMs: 15_000 });
  expect(copy.status().failing).toBeNull();
  const copies = byLog(
    await java('read', brokers[0] as string, ...topics.map((topic) => remoteTopic('eu-west', topic))),
  );
  expect(copies).toEqual(new Map([...originals].map(([log, held]) => [remoteTopic('eu-west', log), held])));
  const records = [...originals].reduce((sum, [log, held]) => sum + (log.startsWith('mixed.v1/') ? held.length : 0), 0);
  const asWritten = await recordsByCodec('mixed.v1', records);
  expect(Object.keys(asWritten).sort()).toEqual(['gzip', 'lz4', 'none', 'snappy', 'zstd']);
  expect(await recordsByCodec(remoteTopic('eu-west', 'mixed.v1'), records)).toEqual(asWritten);
  expect(String([...copies.values()])).not.toContain(Buffer.from('aborte').toString('base64'));
}, 60_000);
