import { connect, createServer, type Server, type Socket } from 'node:net';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { readOutboxState } from './outbox-state.ts';
import { createRecordingProducer, type RecordingProducer, silent } from './recording-producer.fixture.ts';
import { startOutboxRelay } from './relay.ts';
import type { OutboxRelay, RelayOptions } from './relay-options.ts';
import { append, createTestDatabase, cutRelays, type TestDatabase } from './test-database.fixture.ts';

const soon = { withinMs: 5_000, everyMs: 5 };
let database: TestDatabase;
let relays: OutboxRelay[];

beforeEach(async () => {
  database = await createTestDatabase(inject('postgresUrl'));
  relays = [];
});
afterEach(async () => {
  await Promise.all(relays.map((relay) => relay.close(100)));
  await database.drop();
});

async function start(
  producer: Pick<RecordingProducer, 'sendBatch'>,
  options: Partial<RelayOptions> = {},
): Promise<OutboxRelay> {
  const relay = await startOutboxRelay({
    databaseUrl: database.url,
    region: 'eu-west',
    service: 'order',
    producer,
    logger: silent,
    ...options,
  });
  relays.push(relay);
  return relay;
}
const relaying = (relay: OutboxRelay) => eventually(() => expect(relay.status().phase).toBe('relaying'), soon);
const rows = (...keys: string[]) => keys.map((key) => ({ key, value: { key } }));
const keysOf = (producer: RecordingProducer) => producer.events.map((event) => event.key);
const pending = async () => (await readOutboxState(database.pool)).pending;

describe('publishing', () => {
  it('takes rows away once they are acknowledged, and counts them', async () => {
    const producer = createRecordingProducer();
    const relay = await start(producer);
    await append(database.pool, rows('a', 'b', 'c'));
    await eventually(async () => expect(await pending()).toBe(0), soon);
    expect(keysOf(producer)).toEqual(['a', 'b', 'c']);
    expect(producer.sequences()).toEqual([1, 2, 3]);
    expect(producer.events[0]?.headers).toMatchObject({ ce_id: 'eu-west/order/1', ce_source: '/eu-west/order' });
    expect(await readOutboxState(database.pool)).toEqual({ pending: 0, publishedSequence: 3 });
    expect(relay.status()).toEqual({
      phase: 'relaying',
      connected: true,
      publishedSequence: 3,
      waitingForHorizon: false,
      failing: null,
    });
  });

  it('goes on after the last sequence when it is started again', async () => {
    const producer = createRecordingProducer();
    await append(database.pool, rows('a', 'b'));
    const first = await start(producer);
    await eventually(() => expect(first.status().publishedSequence).toBe(2), soon);
    await first.close();
    await append(database.pool, rows('c'));
    const second = await start(producer);
    await eventually(() => expect(second.status().publishedSequence).toBe(3), soon);
    expect(producer.sequences()).toEqual([1, 2, 3]);
  });

  it('takes a backlog in batches of the size that it was given', async () => {
    const sizes: number[] = [];
    const producer = createRecordingProducer((events) => void sizes.push(events.length));
    await append(database.pool, rows(...Array.from({ length: 25 }, (_, i) => `k${i}`)));
    await start(producer, { batchSize: 10 });
    await eventually(async () => expect(await pending()).toBe(0), soon);
    expect(sizes).toEqual([10, 10, 5]);
    expect(producer.sequences()).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  });

  it('finds rows although their notification was lost', async () => {
    const producer = createRecordingProducer();
    await relaying(await start(producer));
    await database.pool.query('ALTER TABLE outbox DISABLE TRIGGER outbox_notify');
    await append(database.pool, rows('unheard'));
    await eventually(() => expect(keysOf(producer)).toEqual(['unheard']), soon);
  });
});

describe('when a send is refused', () => {
  it('sends the same again until it is taken, and nothing else before', async () => {
    let refusals = 3;
    const producer = createRecordingProducer(() => {
      refusals -= 1;
      if (refusals >= 0) throw new Error('not now');
    });
    const relay = await start(producer, { batchSize: 2 });
    await append(database.pool, rows('a', 'b', 'c'));
    await eventually(() => expect(relay.status().failing).toBe('not now'), soon);
    await eventually(async () => expect(await pending()).toBe(0), soon);
    expect(producer.sequences()).toEqual([1, 2, 1, 2, 1, 2, 1, 2, 3]);
    expect(relay.status().failing).toBeNull();
  });
});

describe('when the session with the database ends between producing and deleting', () => {
  it('publishes the same rows again under the same sequences, later rows behind them', async () => {
    let cuts = 0;
    const producer = createRecordingProducer(async () => {
      if (cuts > 0) return;
      cuts = await cutRelays(database.pool);
      await append(database.pool, rows('d'));
    });
    await append(database.pool, rows('a', 'b', 'c'));
    await start(producer, { batchSize: 3 });
    await eventually(async () => expect(await pending()).toBe(0), soon);
    expect(cuts).toBe(1);
    expect(producer.events.map(({ sequence, key }) => `${sequence}${key}`)).toEqual([
      '1a',
      '2b',
      '3c',
      '1a',
      '2b',
      '3c',
      '4d',
    ]);
  });
});

describe('when the database is away', () => {
  /** In front of the server, to be shut and opened. */
  class Gate {
    readonly url: URL;
    #server: Server | undefined;
    readonly #sockets = new Set<Socket>();
    readonly #target: { host: string; port: number };

    constructor(databaseUrl: string) {
      this.url = new URL(databaseUrl);
      this.#target = { host: this.url.hostname, port: Number(this.url.port) };
    }

    async open(): Promise<void> {
      const server = createServer((inside) => {
        const outside = connect(this.#target);
        for (const socket of [inside, outside]) {
          this.#sockets.add(socket);
          socket.on('error', () => undefined);
          socket.on('close', () => {
            inside.destroy();
            outside.destroy();
          });
        }
        inside.pipe(outside).pipe(inside);
      });
      await new Promise<void>((resolve) =>
        server.listen(Number(this.#server ? this.url.port : 0), '127.0.0.1', resolve),
      );
      const address = server.address();
      if (address && typeof address === 'object') this.url.port = String(address.port);
      this.#server = server;
    }

    async shut(): Promise<void> {
      const closed = new Promise((resolve) => this.#server?.close(resolve));
      for (const socket of this.#sockets) socket.destroy();
      this.#sockets.clear();
      await closed;
    }
  }

  it('says so, comes back by itself, and has lost nothing', async () => {
    const gate = new Gate(database.url);
    await gate.open();
    const producer = createRecordingProducer();
    const relay = await start(producer, { databaseUrl: gate.url.href });
    try {
      for (const round of [1, 2, 3]) {
        await append(database.pool, rows(`before ${round}`));
        await eventually(() => expect(keysOf(producer)).toContain(`before ${round}`), soon);
        await gate.shut();
        await eventually(() => expect(relay.status()).toMatchObject({ phase: 'connecting', connected: false }), soon);
        await eventually(() => expect(relay.status().failing).toContain('ECONNREFUSED'), soon);
        await append(database.pool, rows(`while away ${round}`));
        await gate.open();
        await eventually(() => expect(keysOf(producer)).toContain(`while away ${round}`), { withinMs: 1_500 });
      }
      await eventually(async () => expect(await pending()).toBe(0), soon);
      const first = new Map(producer.events.map((event) => [event.sequence, event.key]));
      expect([...first.keys()]).toEqual([1, 2, 3, 4, 5, 6]);
      expect(new Set(first.values()).size).toBe(6);
    } finally {
      await gate.shut();
    }
  });
});

describe('of two relays of one database', () => {
  it('one waits, and takes over when the other is closed', async () => {
    const [first, second] = [createRecordingProducer(), createRecordingProducer()];
    const relay = await start(first);
    await relaying(relay);
    const standby = await start(second);
    await eventually(() => expect(standby.status().phase).toBe('waiting'), soon);
    await append(database.pool, rows('a', 'b'));
    await eventually(async () => expect(await pending()).toBe(0), soon);
    await relay.close();
    await append(database.pool, rows('c'));
    await eventually(() => expect(second.sequences()).toEqual([3]), { withinMs: 1_000 });
    expect(first.sequences()).toEqual([1, 2]);
  });

  it('one that is no longer alone does not take rows away that the other counted', async () => {
    const producer = createRecordingProducer(async () => {
      if (producer.events.length === 1)
        await database.pool.query('UPDATE outbox_position SET sequence = 10; DELETE FROM outbox');
      if (producer.events.length === 1) await append(database.pool, rows('b'));
    });
    await append(database.pool, rows('a'));
    await start(producer);
    const published = () => producer.events.map(({ sequence, key }) => `${sequence}${key}`);
    await eventually(() => expect(published()).toEqual(['1a', '11b']), soon);
    await eventually(async () => expect(await pending()).toBe(0), soon);
  });
});

describe('closing', () => {
  it('publishes what is committed, and waits for its acknowledgement', async () => {
    const acknowledged = Promise.withResolvers<void>();
    const producer = createRecordingProducer(() => acknowledged.promise);
    const relay = await start(producer, { batchSize: 1 });
    await relaying(relay);
    await append(database.pool, rows('a', 'b', 'c'));
    await eventually(() => expect(keysOf(producer)).toEqual(['a']), soon);
    const closing = relay.close();
    acknowledged.resolve();
    await closing;
    expect(keysOf(producer)).toEqual(['a', 'b', 'c']);
    expect(await pending()).toBe(0);
    expect(relay.status()).toMatchObject({ phase: 'closed', connected: false });
  });

  it('gives up in time what is never acknowledged, and leaves it to the next relay', async () => {
    const stuck = createRecordingProducer(() => new Promise(() => {}));
    const relay = await start(stuck);
    await append(database.pool, rows('a'));
    await eventually(() => expect(keysOf(stuck)).toEqual(['a']), soon);
    const started = performance.now();
    await relay.close(200);
    expect(performance.now() - started).toBeLessThan(1_000);
    const producer = createRecordingProducer();
    await start(producer);
    await eventually(() => expect(producer.sequences()).toEqual([1]), soon);
  });

  it('is quick while it waits for another relay, and while there is no database', async () => {
    const relay = await start(createRecordingProducer());
    await relaying(relay);
    const standby = await start(createRecordingProducer());
    await eventually(() => expect(standby.status().phase).toBe('waiting'), soon);
    const lost = await start(createRecordingProducer(), { databaseUrl: 'postgresql://meridian@127.0.0.1:9/nowhere' });
    await eventually(() => expect(lost.status().failing).toContain('ECONNREFUSED'), soon);
    const started = performance.now();
    await Promise.all([standby.close(), lost.close()]);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
