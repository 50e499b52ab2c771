import { remoteTopic } from '@meridian/contracts';
import { ensureTopics, type OutgoingRecord } from '@meridian/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CutLink } from './cut-link.fixture.ts';
import { OWN_ENGINE_NAMES, OWN_ENGINES, type OwnEngineName } from './engine/engines.ts';
import { recordsOf, silent } from './read-topic.fixture.ts';
import { createReplicator, type Replicator } from './replicator.ts';
import { TestCluster } from './test-cluster.fixture.ts';

const TOPIC = 'orders.v1';
let link: CutLink;
let origin: TestCluster;
let target: TestCluster;
let replicator: Replicator;
function start(name: OwnEngineName): Replicator {
  return createReplicator({
    engine: OWN_ENGINES[name]({ refreshMs: 200 }),
    regions: ['us-east', 'eu-west'],
    target: { region: 'us-east', brokers: target.brokers },
    origins: [{ region: 'eu-west', brokers: [`127.0.0.1:${link.port}`] }],
    logger: silent,
  });
}

async function write(life: string, count: number): Promise<void> {
  await ensureTopics(origin.kafka, [{ topic: TOPIC, partitions: 1 }]);
  const producer = await origin.kafka.producer();
  await producer.send(
    TOPIC,
    Array.from({ length: count }, (_, i): OutgoingRecord => ({ key: 'k', value: `${life} ${i}` })),
  );
  await producer.close();
}

const isOf = (life: string) => (records: readonly { value: Buffer | null }[]) =>
  new Set(records.map(({ value }) => String(value)).filter((value) => value.startsWith(life))).size;

describe.each(OWN_ENGINE_NAMES)('by the %s engine:', (name) => {
  beforeAll(async () => {
    link = await CutLink.open();
    [origin, target] = await Promise.all([TestCluster.start('origin', link), TestCluster.start('target')]);
  }, 60_000);
  afterAll(async () => {
    await replicator?.stop();
    link.close();
    await Promise.all([origin.destroy(), target.destroy()]);
  });

  it('an origin that lost its disk is copied from the beginning of its new logs, also when they are longer than the old ones were', async () => {
    await write('first', 50);
    replicator = start(name);
    await recordsOf(target.kafka, remoteTopic('eu-west', TOPIC), 50);
    link.cut();
    await origin.loseDisk();
    await write('second', 80);
    link.heal();
    // A reader that goes on at 50 finds something there, and nobody would miss what is before.
    const all = await recordsOf(target.kafka, remoteTopic('eu-west', TOPIC), 80, isOf('second'));
    expect(isOf('second')(all)).toBe(80);

    await replicator.stop();
    await write('third', 1);
    replicator = start(name);
    const after = await recordsOf(target.kafka, remoteTopic('eu-west', TOPIC), all.length + 1);
    expect(after.length).toBe(all.length + 1);
  }, 60_000);
});
