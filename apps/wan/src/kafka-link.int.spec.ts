import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKafka, ensureTopics, type IncomingRecord } from '@meridian/kafka';
import { startKafka } from '@meridian/kafka-cluster';
import { hostPort } from '@meridian/regions';
import { eventually, freePort } from '@meridian/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_EFFECT } from './faults/fault.ts';
import { wanLinkTo } from './link.fixture.ts';
import { Link } from './link.ts';

/** One way, in milliseconds. */
const DELAY_MS = 40;
const BLACK_HOLE_MS = 6_000;
const BACK_WITHIN_MS = 5_000;

/**
 * A broker with a listener for one remote region, advertised as that region's link, and a client that knows nothing but
 * the link's address. Kafka's clients leave the address that they were given for those that the broker advertises: were
 * one of them not the link, the client would be past the WAN after its first answer.
 */
describe('a Kafka client in another region', () => {
  let directory: string;
  let broker: Awaited<ReturnType<typeof startKafka>>;
  let link: Link;
  const listen = { host: '127.0.0.1', port: 0 };
  const local = { host: '127.0.0.1', port: 0 };

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'meridian-wan-'));
    await chmod(directory, 0o755);
    const [controller, behind] = [await freePort(), await freePort()].map((port) => ({ host: '127.0.0.1', port }));
    listen.port = await freePort();
    local.port = await freePort();
    if (!controller || !behind) throw new Error('there is no free port');
    broker = await startKafka({
      name: 'kafka',
      dataDir: path.join(directory, 'kafka'),
      cacheDir: path.join(import.meta.dirname, '../../../.meridian/cache'),
      logFile: path.join(directory, 'kafka.log'),
      local,
      controller,
      wan: { 'eu-west': { listen: behind, advertised: listen } },
    });
    link = new Link({
      wanLink: wanLinkTo(behind, listen),
      settings: { delayMs: DELAY_MS, jitterMs: 0, bandwidthMbps: 0 },
      nowMs: () => performance.now(),
      random: Math.random,
    });
    await link.listen();
  }, 60_000);
  afterAll(async () => {
    await link?.close();
    await broker?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const moved = () => link.there.crossedBytes + link.back.crossedBytes;

  it('stays on its link with every connection: black-holed, not one byte crosses, and then all of it, once, in order', async () => {
    const near = createKafka({ clientId: 'near', brokers: [hostPort(local)] });
    const far = createKafka({ clientId: 'far', brokers: [hostPort(listen)] });
    await ensureTopics(near, [{ topic: 'orders.v1', partitions: 1 }]);
    const producer = await near.producer();
    const seen: IncomingRecord[] = [];
    const consumer = await far.consume({
      groupId: 'far',
      topics: ['orders.v1'],
      fromBeginning: true,
      onRecord: (record) => void seen.push(record),
    });
    const texts = () => seen.map((record) => String(record.value));
    try {
      await producer.send('orders.v1', [{ key: 'k', value: 'before' }]);
      await eventually(() => expect(texts()).toEqual(['before']), { withinMs: 20_000 });
      const lagMs = Date.now() - (seen[0]?.timestampMs ?? 0);
      expect(lagMs).toBeGreaterThanOrEqual(DELAY_MS);

      link.apply({ ...NO_EFFECT, blockedThere: true, blockedBack: true });
      const before = moved();
      await producer.send('orders.v1', [{ key: 'k', value: 'during' }]);
      // Holds for as long as the fault lasts, not to wait for something.
      await new Promise((resolve) => setTimeout(resolve, BLACK_HOLE_MS));
      expect(moved()).toBe(before);
      expect(texts()).toEqual(['before']);

      link.apply(NO_EFFECT);
      await producer.send('orders.v1', [{ key: 'k', value: 'after' }]);
      await eventually(() => expect([...new Set(texts())]).toEqual(['before', 'during', 'after']), {
        withinMs: BACK_WITHIN_MS,
      });
      expect(moved()).toBeGreaterThan(before);
    } finally {
      link.apply(NO_EFFECT);
      await Promise.all([consumer.close(), producer.close()]);
    }
  });
});
