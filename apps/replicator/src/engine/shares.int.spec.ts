import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { remoteTopic } from '@meridian/contracts';
import { type ClusterAdmin, ensureTopics } from '@meridian/kafka';
import type { ManagedProcess } from '@meridian/process';
import { eventually } from '@meridian/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { recordsOf, silent } from '../read-topic.fixture.ts';
import { TestCluster } from '../test-cluster.fixture.ts';
import { OWN_ENGINE_NAMES, OWN_ENGINES } from './engines.ts';
import type { RunningCopy } from './replication-engine.ts';
import { runEngine } from './run-engine.fixture.ts';
import { Shares } from './shares.ts';

const [PARTITIONS, RECORDS, EACH] = [8, 8_000, 80];
const soon = { withinMs: 15_000, everyMs: 20 };

/** One cluster, which copies its own topics into such as are never copied. */
let cluster: TestCluster;
let admin: ClusterAdmin;
let directory: string;
let killed: ManagedProcess | undefined;
let copy: RunningCopy | undefined;
let shares: Shares | undefined;

describe.each(OWN_ENGINE_NAMES)('by the %s engine: of two replicators of a region', (engine) => {
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'meridian-shares-'));
    cluster = await TestCluster.start('shares');
    admin = cluster.kafka.admin();
  });
  afterEach(async () => {
    await copy?.stop();
    await Promise.all([shares?.stop(), killed?.stop()]);
  });
  afterAll(async () => {
    await admin.close();
    await cluster.destroy();
    await rm(directory, { recursive: true, force: true });
  });

  it('each copies a part of the partitions, and when one is killed (kill -9) the other takes its part over and nothing is lost', async () => {
    const topic = `shared-${engine}.v1`;
    const region = `us-east-${engine}`;
    const [broker] = cluster.brokers as [string];
    await ensureTopics(cluster.kafka, [{ topic, partitions: PARTITIONS }]);
    killed = await runEngine({ engine, region, broker, directory, shared: true });
    shares = new Shares({ region, brokers: cluster.brokers }, silent);
    copy = OWN_ENGINES[engine]({ refreshMs: 200 }).start({
      ...{ origin: { region: 'eu-west', brokers: [broker] }, target: { region, brokers: [broker] } },
      ...{ regions: ['us-east', 'eu-west'], shares, logger: silent },
    });
    const mine = () => [...Array(PARTITIONS).keys()].filter((partition) => shares?.owns('eu-west', topic, partition));
    await eventually(() => {
      expect(mine().length).toBeGreaterThan(0);
      expect(mine().length).toBeLessThan(PARTITIONS);
    }, soon);

    const producer = await cluster.kafka.producer();
    const send = (from: number, to: number) =>
      producer.send(
        topic,
        Array.from({ length: to - from }, (_, i) => ({ key: 'k', value: String(from + i), partition: i % PARTITIONS })),
      );
    await send(0, RECORDS / 2);
    const copyOf = remoteTopic('eu-west', topic);
    await eventually(async () => {
      const ends = Object.values(await admin.logEnd(copyOf)).map(Number);
      expect(ends.reduce((sum, end) => sum + end, 0)).toBeGreaterThanOrEqual(RECORDS / 2);
    }, soon);
    const byThisOne = copy.status().copiedRecords;
    expect(byThisOne).toBeGreaterThan(0);
    expect(byThisOne).toBeLessThan(RECORDS / 2);

    killed.signal('SIGKILL');
    const killedMs = performance.now();
    for (let n = RECORDS / 2; n < RECORDS; n += EACH) await send(n, n + EACH);
    const distinct = new Set<number>();
    const copied = await recordsOf(cluster.kafka, copyOf, RECORDS, (records) => {
      for (const { value } of records) distinct.add(Number(value));
      return distinct.size;
    });
    console.info(
      `${engine}: ${byThisOne} of ${RECORDS / 2} copied by the one that stays; the other's part was copied ` +
        `${Math.round(performance.now() - killedMs)} ms after it was killed; ${copied.length - RECORDS} came twice`,
    );
    expect(distinct.size).toBe(RECORDS);
    expect(mine()).toHaveLength(PARTITIONS);
    if (engine === 'verbatim') expect(copied.length).toBe(RECORDS);
    await producer.close();
  });
});
