import { randomUUID } from 'node:crypto';
import { remoteTopic } from '@meridian/contracts';
import { ensureTopics, type RunningConsumer } from '@meridian/kafka';
import { eventually, freePort } from '@meridian/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OWN_ENGINE_NAMES, OWN_ENGINES, type OwnEngineName } from '../engine/engines.ts';
import { recordsOf, silent } from '../read-topic.fixture.ts';
import { createReplicator, type Replicator } from '../replicator.ts';
import { TestCluster } from '../test-cluster.fixture.ts';

const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];
let [there, here]: TestCluster[] = [];
const clusterOf = (region: string) => (region === 'eu-west' ? there : here) as TestCluster;
beforeAll(async () => {
  [there, here] = await Promise.all([TestCluster.start('eu-west'), TestCluster.start('us-east')]);
});
afterAll(() => Promise.all([clusterOf('eu-west').destroy(), clusterOf('us-east').destroy()]));

let topic: string;
let group: string;
const running = new Set<{ stop(): Promise<void> }>();
beforeEach(async () => {
  topic = `orders-${randomUUID()}.v1`;
  group = `reports-${randomUUID()}`;
  await ensureTopics(clusterOf('eu-west').kafka, [{ topic, partitions: 2 }]);
});
afterEach(async () => {
  await Promise.all([...running].map((one) => one.stop()));
  running.clear();
});

/** The replicator of a region, pulling from the other one. */
function start(engine: OwnEngineName, region = 'us-east', brokers?: string[]): Replicator {
  const other = region === 'us-east' ? 'eu-west' : 'us-east';
  const replicator = createReplicator({
    engine: OWN_ENGINES[engine]({ refreshMs: 200 }),
    regions: REGIONS,
    target: { region, brokers: clusterOf(region).brokers },
    origins: [{ region: other, brokers: brokers ?? clusterOf(other).brokers }],
    logger: silent,
  });
  running.add(replicator);
  return replicator;
}

async function send(from: number, to: number): Promise<void> {
  const producer = await clusterOf('eu-west').kafka.producer();
  await producer.send(
    topic,
    Array.from({ length: to - from }, (_, i) => ({ key: `key-${i % 7}`, value: String(from + i), partition: i % 2 })),
  );
  await producer.close();
}

/** Begins to read as a member of the group; `seen` grows. */
async function joinIn(region: string, of = region === 'eu-west' ? topic : remoteTopic('eu-west', topic)) {
  const seen: number[] = [];
  const member: RunningConsumer = await clusterOf(region).kafka.consume({
    ...{ groupId: group, topics: [of], fromBeginning: true },
    onRecord: ({ value }) => void seen.push(Number(value)),
  });
  return { seen, stop: () => member.close() };
}

/** Reads as a member of the group until it has seen `atLeast` records, then leaves. */
async function readIn(region: string, atLeast: number): Promise<number[]> {
  const { seen, stop } = await joinIn(region);
  await eventually(
    () => {
      if (seen.length < atLeast) throw new Error(`${seen.length} of ${atLeast} records were read in ${region}`);
    },
    { withinMs: 20_000, everyMs: 10 },
  );
  await stop();
  return seen;
}

async function translate(replicator: Replicator, body: object) {
  const answer = await replicator.app.inject({
    method: 'POST',
    url: '/offsets/translate',
    payload: { group, ...body },
  });
  return { status: answer.statusCode, body: answer.json() };
}
const positionsIn = async (region: string) => {
  const admin = clusterOf(region).kafka.admin();
  return admin.positionsOf(group).finally(() => admin.close());
};
const missing = (count: number, ...read: number[][]) => {
  const seen = new Set(read.flat());
  return Array.from({ length: count }, (_, i) => i).filter((n) => !seen.has(n));
};

describe.each(OWN_ENGINE_NAMES)('copied by the %s engine:', (engine) => {
  /** The first 40 records come twice: positions are lost, as between two engines that keep them in different places. */
  async function copyWithRepetition(): Promise<Replicator> {
    await send(0, 40);
    const first = start(engine);
    await recordsOf(clusterOf('us-east').kafka, remoteTopic('eu-west', topic), 40);
    await first.stop();
    const admin = clusterOf('eu-west').kafka.admin();
    await admin.forgetGroup(`replicator.us-east.${topic}@${await admin.clusterId()}`);
    await admin.close();
    await send(40, 100);
    const second = start(engine);
    await recordsOf(clusterOf('us-east').kafka, remoteTopic('eu-west', topic), 140);
    return second;
  }

  it('a group that moves reads on where it was, and moves back: nothing is skipped, nothing is read again', async () => {
    const replicator = await copyWithRepetition();
    const before = await readIn('eu-west', 60);
    const { status, body } = await translate(replicator, { from: 'eu-west', apply: true });
    expect(status).toBe(200);
    expect(body).toMatchObject({ from: 'eu-west', to: 'us-east', applied: true, members: { from: 0, to: 0 } });
    const after = await readIn('us-east', Math.min(100 - before.length, 10));
    expect(after.filter((n) => before.includes(n))).toEqual([]);

    const back = await translate(start(engine, 'eu-west'), { from: 'us-east', apply: true });
    expect(back.status).toBe(200);
    await send(100, 110);
    const last = await readIn('eu-west', missing(110, before, after).length);
    expect(missing(110, before, after, last)).toEqual([]);
    expect(last.filter((n) => before.includes(n) || after.includes(n))).toEqual([]);
  });

  it('one that was within what came twice reads no more of it again than came twice', async () => {
    const replicator = await copyWithRepetition();
    const admin = clusterOf('eu-west').kafka.admin();
    await admin.setPositions(
      group,
      [0, 1].map((partition) => ({ topic, partition, offset: '10' })),
    );
    await admin.close();
    await translate(replicator, { from: 'eu-west', apply: true });
    // Those from 20 on, and the 40 once more.
    const after = await readIn('us-east', 80 + 40);
    expect(
      missing(
        100,
        Array.from({ length: 20 }, (_, i) => i),
        after,
      ),
    ).toEqual([]);
    expect(after).toHaveLength(120);
  });
});

describe('asked to translate', () => {
  it('it only says what it would commit, unless it is told to', async () => {
    await send(0, 10);
    const replicator = start('verbatim');
    await recordsOf(clusterOf('us-east').kafka, remoteTopic('eu-west', topic), 10);
    await readIn('eu-west', 10);
    const { body } = await translate(replicator, { from: 'eu-west' });
    expect(body.applied).toBe(false);
    expect(body.positions).toHaveLength(2);
    expect(body.positions[0]).toMatchObject({
      ...{ from: { topic, offset: '5' }, to: { topic: remoteTopic('eu-west', topic), offset: '5' } },
      ...{ foundBy: 'newest-copied', unread: 0, readAgain: 0 },
    });
    expect(await positionsIn('us-east')).toEqual([]);
  });

  it('it refuses to move a group that is read in the region already, and changes nothing', async () => {
    await send(0, 10);
    const replicator = start('verbatim');
    await recordsOf(clusterOf('us-east').kafka, remoteTopic('eu-west', topic), 10);
    await readIn('eu-west', 10);
    const member = await joinIn('us-east');
    running.add(member);
    await eventually(() => expect(member.seen).toHaveLength(10), { withinMs: 20_000, everyMs: 20 });
    const { status, body } = await translate(replicator, { from: 'eu-west', apply: true });
    expect(status).toBe(409);
    expect(body).toMatchObject({ type: 'urn:meridian:problem:consumer-group-has-members' });
    expect(body.detail).toContain('has 1 member already');
    expect((await translate(replicator, { from: 'eu-west' })).body.members).toEqual({ from: 0, to: 1 });
    // The broker refuses by itself, too: a member may have joined since it was asked.
    const admin = clusterOf('us-east').kafka.admin();
    const forward = [{ topic: remoteTopic('eu-west', topic), partition: 0, offset: '0' }];
    await expect(admin.setPositions(group, forward)).rejects.toThrow('has members');
    await admin.close();
  });

  it('it says that a group is not known, that a topic was not read, and that nothing comes from a region', async () => {
    const replicator = start('verbatim');
    expect(await translate(replicator, { from: 'eu-west' })).toMatchObject({
      ...{ status: 404, body: { detail: `In eu-west the group ${group} has committed nothing.` } },
    });
    expect(await translate(replicator, { from: 'eu-west', topics: ['other.v1'] })).toMatchObject({
      ...{ status: 404, body: { detail: `In eu-west the group ${group} has committed nothing of other.v1.` } },
    });
    expect(await translate(replicator, { from: 'us-east' })).toMatchObject({
      ...{ status: 404, body: { detail: 'Nothing is copied here from "us-east".' } },
    });
  });

  it('it says that a region is away, within 10 s', async () => {
    const replicator = start('verbatim', 'us-east', [`127.0.0.1:${await freePort()}`]);
    const beganMs = performance.now();
    const { status, body } = await translate(replicator, { from: 'eu-west' });
    expect(performance.now() - beganMs).toBeLessThan(10_000);
    expect(status).toBe(503);
    expect(body.detail).toMatch(/^Nothing was translated: the Kafka cluster at 127\.0\.0\.1:/);
  });
});
