import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  createKafka,
  ensureTopics,
  type IncomingRecord,
  type RecordProducer,
  type RunningConsumer,
} from '@meridian/kafka';
import type { ManagedProcess } from '@meridian/process';
import { eventually, freePort } from '@meridian/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type KafkaOptions, startKafka } from './kafka.ts';
import { Link } from './link.fixture.ts';

/**
 * What libs/kafka promises of outages, against a broker of its own that can be killed: nothing that was acknowledged is
 * lost, and both sides are back within 5 s of the broker's return. Figures are printed.
 */
const BACK_WITHIN_MS = 5_000;
/** Over a link that heals, whoever is in a group joins it again, and a sole reader only connects. */
const BACK_OVER_LINK_WITHIN_MS = { consume: BACK_WITHIN_MS, consumeBatches: 1_500 };

let directory: string;
let options: KafkaOptions;
let broker: ManagedProcess;
let link: Link;
let linkPort: number;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'meridian-outage-'));
  const [local, controller, wan, advertised] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const at = (port: number) => ({ host: '127.0.0.1', port });
  linkPort = advertised;
  options = {
    name: 'kafka',
    dataDir: path.join(directory, 'kafka'),
    cacheDir: path.resolve(import.meta.dirname, '../../../.meridian/cache'),
    logFile: path.join(directory, 'kafka.log'),
    local: at(local),
    controller: at(controller),
    wan: { far: { listen: at(wan), advertised: at(advertised) } },
  };
  broker = await startKafka(options);
  link = await Link.open(advertised, wan);
});
afterAll(async () => {
  link.close();
  broker.signal('SIGCONT');
  await broker.stop();
  await rm(directory, { recursive: true, force: true });
});
const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closings.splice(0).map((close) => close()));
});

const near = () => createKafka({ clientId: 'outage-test', brokers: [`127.0.0.1:${options.local.port}`] });
const far = () => createKafka({ clientId: 'outage-test', brokers: [`127.0.0.1:${linkPort}`] });
const kill = async () => {
  broker.signal('SIGKILL');
  await broker.exited;
};

/** Sends numbers one after the other, each to be acknowledged, and reads them. */
class Flow {
  readonly acknowledged: { n: number; atMs: number }[] = [];
  readonly read: { n: number; atMs: number }[] = [];
  readonly refused: unknown[] = [];
  readonly topic = `outage.${randomUUID()}`;
  producer!: RecordProducer;
  consumer!: RunningConsumer;
  #stopped = false;
  #sending: Promise<void> | undefined;

  async start(from: ReturnType<typeof createKafka>, how: 'consume' | 'consumeBatches'): Promise<this> {
    this.producer = await near().producer();
    const take = (record: IncomingRecord) => void this.read.push({ n: Number(record.value), atMs: performance.now() });
    const group = { groupId: this.topic, topics: [this.topic] };
    this.consumer =
      how === 'consume'
        ? await from.consume({ ...group, onRecord: take })
        : await from.consumeBatches({ ...group, onBatch: async ({ records }) => records.forEach(take) });
    closings.push(() => this.stop());
    this.#sending = this.#send();
    return this;
  }

  async #send(): Promise<void> {
    for (let n = 0; !this.#stopped; n += 1) {
      await this.producer.send(this.topic, [{ key: `key-${n % 10}`, value: `${n}` }]).then(
        () => this.acknowledged.push({ n, atMs: performance.now() }),
        (failure) => this.refused.push(failure),
      );
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.producer.close(), this.consumer.close(), this.#sending]);
  }

  untilReading(count: number): Promise<void> {
    return eventually(() => expect(this.read.length).toBeGreaterThanOrEqual(count), { withinMs: 20_000 });
  }

  /** How long after `sinceMs` something was acknowledged, and something was read that was acknowledged after it. */
  async backAfter(sinceMs: number): Promise<{ producerMs: number; consumerMs: number }> {
    return eventually(
      () => {
        const sent = this.acknowledged.find(({ atMs }) => atMs > sinceMs);
        const received = this.read.find(({ n, atMs }) => sent && n >= sent.n && atMs > sinceMs);
        if (!sent || !received) throw new Error(sent ? 'the consumer is not back' : 'the producer is not back');
        return { producerMs: Math.round(sent.atMs - sinceMs), consumerMs: Math.round(received.atMs - sinceMs) };
      },
      { withinMs: 20_000 },
    );
  }

  /** All that was acknowledged is read, each key in order but for what was read twice. */
  async expectNothingLost(): Promise<void> {
    this.#stopped = true;
    await this.#sending;
    const read = await eventually(
      () => {
        const numbers = new Set(this.read.map(({ n }) => n));
        expect(this.acknowledged.filter(({ n }) => !numbers.has(n))).toEqual([]);
        return numbers;
      },
      { withinMs: 10_000 },
    );
    expect(this.refused).toEqual([]);
    const last = new Map<number, number>();
    const seen = new Set<number>();
    for (const { n } of this.read) {
      if (!seen.has(n)) expect(n).toBeGreaterThan(last.get(n % 10) ?? -1);
      if (!seen.has(n)) last.set(n % 10, n);
      seen.add(n);
    }
    console.log(`${this.acknowledged.length} acknowledged, ${read.size} read, ${this.read.length - read.size} twice`);
  }
}

it.each(['consume', 'consumeBatches'] as const)(
  'over a kill -9 of the broker nothing acknowledged is lost, and both sides are back within 5 s (%s)',
  async (how) => {
    const flow = new Flow();
    await ensureTopics(near(), [{ topic: flow.topic, partitions: 4 }]);
    await flow.start(near(), how);
    for (let round = 0; round < 2; round += 1) {
      await flow.untilReading((round + 1) * 100);
      await kill();
      await eventually(
        () => expect([flow.producer.connected, flow.consumer.health.connected]).toEqual([false, false]),
        {
          withinMs: 10_000,
        },
      );
      broker = await startKafka(options);
      const back = await flow.backAfter(performance.now());
      console.log(`${how}, kill -9, round ${round}: back ${JSON.stringify(back)}`);
      expect(Math.max(back.producerMs, back.consumerMs)).toBeLessThan(BACK_WITHIN_MS);
      expect([flow.producer.connected, flow.consumer.health.connected]).toEqual([true, true]);
    }
    await flow.expectNothingLost();
  },
);

it('a pause of the broker longer than all timeouts loses nothing', async () => {
  const flow = new Flow();
  await ensureTopics(near(), [{ topic: flow.topic, partitions: 4 }]);
  await flow.start(near(), 'consume');
  await flow.untilReading(100);
  broker.signal('SIGSTOP');
  // Both have given up the connections that they had, and every new one.
  await eventually(() => expect([flow.producer.connected, flow.consumer.health.connected]).toEqual([false, false]), {
    withinMs: 15_000,
  });
  broker.signal('SIGCONT');
  const back = await flow.backAfter(performance.now());
  console.log(`pause: back ${JSON.stringify(back)}`);
  expect(Math.max(back.producerMs, back.consumerMs)).toBeLessThan(BACK_WITHIN_MS);
  await flow.expectNothingLost();
});

it.each([
  ['5 s', 'consume'],
  ['1.5 s', 'consumeBatches'],
] as const)('a consumer is back within %s of the healing of a link that swallowed everything (%s)', async (_, how) => {
  const flow = new Flow();
  await ensureTopics(near(), [{ topic: flow.topic, partitions: 4 }]);
  await flow.start(far(), how);
  await flow.untilReading(100);
  link.opened = 0;
  link.swallows = true;
  await eventually(() => expect(flow.consumer.health.connected).toBe(false), { withinMs: 10_000 });
  await eventually(() => expect(link.opened).toBeGreaterThan(3), { withinMs: 30_000 });
  link.swallows = false;
  const back = await flow.backAfter(performance.now());
  console.log(`${how}, link: back ${JSON.stringify(back)}`);
  expect(back.consumerMs).toBeLessThan(BACK_OVER_LINK_WITHIN_MS[how]);
  await flow.expectNothingLost();
});

it('what is made before there is a broker works once there is one', async () => {
  const flow = new Flow();
  await ensureTopics(near(), [{ topic: flow.topic, partitions: 4 }]);
  await kill();
  await flow.start(near(), 'consume');
  expect([flow.producer.connected, flow.consumer.health.connected]).toEqual([false, false]);
  broker = await startKafka(options);
  const back = await flow.backAfter(performance.now());
  console.log(`before the broker: back ${JSON.stringify(back)}`);
  expect(Math.max(back.producerMs, back.consumerMs)).toBeLessThan(BACK_WITHIN_MS);
  await flow.expectNothingLost();
});

it('everything closes within 3 s of a broker that does not answer, and says what was not acknowledged', async () => {
  const flow = new Flow();
  await ensureTopics(near(), [{ topic: flow.topic, partitions: 4 }]);
  await flow.start(near(), 'consumeBatches');
  await flow.untilReading(50);
  broker.signal('SIGSTOP');
  const unanswered = flow.producer.send(flow.topic, [{ key: 'a', value: '0' }]);
  const outcome = unanswered.then(
    () => 'acknowledged',
    (failure: Error) => failure.name,
  );
  const admin = near().admin();
  const asked = admin.listTopics().then(
    () => 'answered',
    (failure: Error) => failure.message,
  );
  const startedMs = performance.now();
  await flow.stop();
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  expect(await outcome).toBe('ProducerClosed');
  expect(await asked).toContain(`127.0.0.1:${options.local.port}`);
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  await admin.close();
  broker.signal('SIGCONT');
});
