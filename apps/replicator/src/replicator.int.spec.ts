import { randomUUID } from 'node:crypto';
import { dlqTopic, heartbeatToHeaders, remoteTopic } from '@meridian/contracts';
import {
  ensureTopics,
  type IncomingRecord,
  listTopics,
  type OutgoingRecord,
  type RawHeader,
  type RecordProducer,
} from '@meridian/kafka';
import { eventually } from '@meridian/testing';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OWN_ENGINE_NAMES, OWN_ENGINES, type OwnEngineName } from './engine/engines.ts';
import { recordsOf, silent } from './read-topic.fixture.ts';
import { createReplicator, type Replicator } from './replicator.ts';
import { TestCluster } from './test-cluster.fixture.ts';

const PARTITIONS = 4;
const soon = { withinMs: 10_000, everyMs: 20 };
const text = (value: string) => Buffer.from(value);

let origin: TestCluster;
let target: TestCluster;
let producer: RecordProducer;
let replicator: Replicator;
let topic: string;
let copy: string;

beforeAll(async () => {
  [origin, target] = await Promise.all([TestCluster.start('origin'), TestCluster.start('target')]);
  producer = await origin.kafka.producer();
});
afterAll(async () => {
  await producer.close();
  await Promise.all([origin.destroy(), target.destroy()]);
});
let engine: OwnEngineName;
/** The replicator of us-east, pulling from eu-west. */
function start(origins = [{ region: 'eu-west', brokers: origin.brokers }]): Replicator {
  return createReplicator({
    engine: OWN_ENGINES[engine]({ refreshMs: 200 }),
    regions: ['us-east', 'eu-west', 'ap-southeast'],
    target: { region: 'us-east', brokers: target.brokers },
    origins,
    logger: silent,
  });
}
async function lag(of = 'eu-west') {
  const { byOrigin } = (await replicator.app.inject('/lag')).json();
  return byOrigin[of] as { behind: number | null; connected: boolean; copiedRecords: number; failing: string | null };
}
const copied = (atLeast: number, topicOfCopy = copy) => recordsOf(target.kafka, topicOfCopy, atLeast);
const numbered = (from: number, to: number, pad = ''): OutgoingRecord[] =>
  Array.from({ length: to - from }, (_, i) => ({ key: `key-${(from + i) % 50}`, value: `${from + i} ${pad}` }));
const numbersOf = (records: IncomingRecord[]) => records.map(({ value }) => Number.parseInt(String(value), 10));
const distinct = (records: IncomingRecord[]) => new Set(numbersOf(records)).size;

describe.each(OWN_ENGINE_NAMES)('by the %s engine:', (name) => {
  beforeEach(async () => {
    engine = name;
    topic = `orders-${randomUUID()}.v1`;
    copy = remoteTopic('eu-west', topic);
    await ensureTopics(origin.kafka, [{ topic, partitions: PARTITIONS }]);
    replicator = start();
  });
  afterEach(() => replicator.stop());

  describe('a copied record', () => {
    it('is the same in key, value, headers, time and partition, and in its place', async () => {
      const headers: RawHeader[] = [
        ['twice', text('1')],
        ['bytes', Buffer.from([0xff, 0x00, 0xc3, 0x28])],
        ['twice', text('2')],
        ['none', null],
        ['empty', text('')],
      ];
      const heartbeat = heartbeatToHeaders({
        source: '/eu-west/order',
        horizon: '77',
        time: new Date(0).toISOString(),
      });
      const sent: OutgoingRecord[] = [
        {
          key: 'with headers',
          value: Buffer.from([0xff, 0xfe]),
          headers,
          partition: 3,
          timestampMs: 1_600_000_000_000,
        },
        { key: null, value: 'without a key', partition: 0, timestampMs: 1_600_000_000_001 },
        { key: 'tombstone', value: null, partition: 0, timestampMs: 1_600_000_000_002 },
        { key: null, value: null, headers: heartbeat, partition: 2, timestampMs: 1_600_000_000_003 },
        { key: 'not where its hash would be', value: 'a', partition: 1, timestampMs: 1_500_000_000_000 },
        { key: 'not where its hash would be', value: 'b', partition: 2, timestampMs: 1_700_000_000_000 },
      ];
      await producer.send(topic, sent);
      const parts = ({ partition, offset, key, value, rawHeaders, timestampMs }: IncomingRecord) => ({
        place: `${partition}/${offset}`,
        ...{ key, value, rawHeaders, timestampMs },
      });
      const byPlace = (records: IncomingRecord[]) => records.map(parts).sort((a, b) => (a.place < b.place ? -1 : 1));
      const originals = await recordsOf(origin.kafka, topic, sent.length);
      expect(byPlace(await copied(sent.length))).toEqual(byPlace(originals));
      expect(originals.find(({ partition }) => partition === 3)?.rawHeaders).toEqual(headers);
    });

    it('may be nearly as large as a broker takes, and many together may be larger', async () => {
      await producer.send(topic, [{ key: 'one', value: 'x'.repeat(1_000_000), partition: 0 }]);
      const ten = Array.from({ length: 10 }, () => ({ key: 'k', value: 'x'.repeat(60_000), partition: 0 }));
      for (let n = 0; n < 20; n += 1) await producer.send(topic, ten);
      expect(await copied(201)).toHaveLength(201);
      expect((await lag()).failing).toBeNull();
    });
  });

  describe('the topics', () => {
    it('are found within seconds when they appear, and get the partitions of their original', async () => {
      await producer.send(topic, numbered(0, 10));
      await copied(10);
      const later = `later-${randomUUID()}.v1`;
      await ensureTopics(origin.kafka, [{ topic: later, partitions: 3 }]);
      await producer.send(later, numbered(0, 10));
      expect(distinct(await copied(10, remoteTopic('eu-west', later)))).toBe(10);
      await ensureTopics(origin.kafka, [{ topic: later, partitions: 6 }]);
      const grown = await origin.kafka.producer();
      await grown.send(later, [{ key: 'k', value: '10', partition: 5 }]);
      await grown.close();
      const records = await copied(11, remoteTopic('eu-west', later));
      expect(records.find(({ value }) => String(value) === '10')?.partition).toBe(5);
      expect(await listTopics(target.kafka)).toContainEqual({ topic: remoteTopic('eu-west', later), partitions: 6 });
    });

    it('I7: are only those that the origin wrote itself and that may leave it', async () => {
      const kept = ['us-east.orders.v1', 'ap-southeast.orders.v1', 'eu-west.orders.v1', 'x.local', dlqTopic(topic)];
      await ensureTopics(
        origin.kafka,
        kept.map((name) => ({ topic: name, partitions: 1 })),
      );
      await producer.send(topic, numbered(0, 1));
      await copied(1);
      // The topics that were made last are copied only now: the others were there before them and have been passed over.
      const last = `last-${randomUUID()}.v1`;
      await ensureTopics(origin.kafka, [{ topic: last, partitions: 1 }]);
      await producer.send(last, numbered(0, 1));
      await copied(1, remoteTopic('eu-west', last));
      const names = (await listTopics(target.kafka)).map((found) => found.topic);
      for (const name of kept) expect(names).not.toContain(remoteTopic('eu-west', name));
      expect(names.filter((name) => !name.startsWith('__')).every((name) => name.startsWith('eu-west.'))).toBe(true);
    });
  });

  describe('the spans', () => {
    const exporter = new InMemorySpanExporter();
    const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
    beforeEach(() => {
      exporter.reset();
      trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
    });
    afterEach(() => trace.disable());

    it('are one for a record whose trace is recorded, and none for any other', async () => {
      const traced = (flags: string) => ({ ce_originseq: '7', traceparent: `00-${TRACE}-00f067aa0ba902b7-${flags}` });
      await producer.send(topic, [
        { key: 'a', value: '0', headers: traced('00') },
        { key: 'a', value: '1', headers: traced('01') },
        { key: 'a', value: '2' },
      ]);
      await copied(3);
      // Reading the copy makes spans, too; these are the replicator's.
      const spans = () => exporter.getFinishedSpans().filter(({ name }) => name === `replicate ${copy}`);
      await eventually(() => expect(spans()).toHaveLength(1), soon);
      const [span] = spans();
      expect(span?.parentSpanContext?.spanId).toBe('00f067aa0ba902b7');
      expect(span?.attributes).toMatchObject({
        'meridian.link': 'eu-west->us-east',
        'meridian.origin.region': 'eu-west',
        'meridian.origin.sequence': 7,
        'meridian.lag_ms': expect.any(Number),
      });
    });
  });

  describe('a replicator that is started again', () => {
    it('goes on where it was: after an orderly stop nothing is lost and nothing comes twice', async () => {
      await producer.send(topic, numbered(0, 300));
      await copied(300);
      const stoppedMs = performance.now();
      await replicator.stop();
      expect(performance.now() - stoppedMs).toBeLessThan(5_000);
      await producer.send(topic, numbered(300, 400));
      replicator = start();
      const numbers = numbersOf(await copied(400));
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, i) => i));
    });

    it('sends what its own cluster had not acknowledged when the one before it was stopped', async () => {
      await producer.send(topic, numbered(0, 10));
      await copied(10);
      await target.kill();
      await producer.send(topic, numbered(10, 300));
      await eventually(async () => expect((await lag()).behind).toBe(290), soon);
      const stoppedMs = performance.now();
      await replicator.stop();
      expect(performance.now() - stoppedMs).toBeLessThan(4_500);
      replicator = start();
      await target.startAgain();
      expect(distinct(await recordsOf(target.kafka, copy, 300, distinct))).toBe(300);
    });
  });

  describe('another region that is away', () => {
    it('holds up no other origin and is no reason not to be ready', async () => {
      await replicator.stop();
      replicator = start([
        { region: 'ap-southeast', brokers: ['127.0.0.1:9'] },
        { region: 'eu-west', brokers: origin.brokers },
      ]);
      await producer.send(topic, numbered(0, 10));
      expect(await copied(10)).toHaveLength(10);
      await eventually(async () => expect((await lag('ap-southeast')).failing).not.toBeNull(), soon);
      expect(await lag('ap-southeast')).toMatchObject({ behind: null, connected: false });
      await eventually(
        async () => expect(await lag()).toMatchObject({ behind: 0, connected: true, failing: null }),
        soon,
      );
      expect((await replicator.app.inject('/health/ready')).statusCode).toBe(200);
    });
  });

  describe.each(['target', 'origin'] as const)('kill -9 of the %s while 20,000 records are copied', (which) => {
    const RECORDS = 20_000;
    it('loses none, and copying goes on within 5 s of its return', async () => {
      const cluster = which === 'target' ? target : origin;
      const producing = (async () => {
        for (let n = 0; n < RECORDS; n += 500) await producer.send(topic, numbered(n, n + 500, 'x'.repeat(1_000)));
      })();
      const before = await eventually(async () => {
        const { copiedRecords } = await lag();
        expect(copiedRecords).toBeGreaterThan(3_000);
        return copiedRecords;
      }, soon);
      expect(before).toBeLessThan(RECORDS);
      await cluster.kill();
      if (which === 'target')
        await eventually(async () => expect((await replicator.app.inject('/health/ready')).statusCode).toBe(503), soon);
      else await eventually(async () => expect((await lag()).connected).toBe(false), soon);
      const atKill = (await lag()).copiedRecords;
      await cluster.startAgain();
      const returnedMs = performance.now();
      await eventually(async () => expect((await lag()).copiedRecords).toBeGreaterThan(atKill), { withinMs: 5_000 });
      const backMs = performance.now() - returnedMs;
      await producing;
      const records = await recordsOf(target.kafka, copy, RECORDS, distinct);
      expect(distinct(records)).toBe(RECORDS);
      expect((await replicator.app.inject('/health/ready')).statusCode).toBe(200);
      console.info(
        `kill -9 of the ${which} at ${before} of ${RECORDS}: copying ${Math.round(backMs)} ms after its return, ` +
          `${records.length - RECORDS} came twice`,
      );
    });
  });
});
