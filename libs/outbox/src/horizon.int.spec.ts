import { eventually, seededRandom } from '@meridian/testing';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createRecordingProducer, silent } from './recording-producer.fixture.ts';
import { startOutboxRelay } from './relay.ts';
import type { OutboxRelay } from './relay-options.ts';
import { append, createTestDatabase, type TestDatabase } from './test-database.fixture.ts';

/**
 * All in one file, so one after the other: the horizon is the server's, and a writer of one test that holds its
 * transaction open would keep another test waiting.
 */

/** The reader that most outboxes begin with: "everything after the greatest id that I have seen". */
class NaivePoller {
  readonly seen: number[] = [];
  #lastId = '0';
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async poll(): Promise<number> {
    const { rows } = await this.#pool.query<{ id: string; n: number }>(
      'SELECT id, n FROM naive_outbox WHERE id > $1 ORDER BY id LIMIT 500',
      [this.#lastId],
    );
    this.seen.push(...rows.map((row) => row.n));
    this.#lastId = rows.at(-1)?.id ?? this.#lastId;
    return rows.length;
  }
}

let database: TestDatabase;
let relay: OutboxRelay;
let sentAtMs = 0;
const producer = createRecordingProducer(() => {
  sentAtMs = performance.now();
});

beforeEach(async () => {
  database = await createTestDatabase(inject('postgresUrl'));
  // The same rows once more, which nobody deletes: what the naive poller reads, and what the relay is compared with.
  await database.pool.query(
    'CREATE TABLE naive_outbox (id bigserial PRIMARY KEY, tx xid8 NOT NULL DEFAULT pg_current_xact_id(), n int NOT NULL)',
  );
  producer.events.length = 0;
  const { url: databaseUrl } = database;
  relay = await startOutboxRelay({ databaseUrl, region: 'eu-west', service: 'order', producer, logger: silent });
  await eventually(() => expect(relay.status().phase).toBe('relaying'), { withinMs: 5_000 });
});
afterEach(async () => {
  await relay.close();
  await database.drop();
});

const published = () => producer.events.map((event) => event.value.n as number);

describe('two transactions, of which the first to insert is the last to commit', () => {
  it('make the naive poller lose a row, and the relay wait for it', async () => {
    const naive = new NaivePoller(database.pool);
    const [slow, fast] = await Promise.all([database.pool.connect(), database.pool.connect()]);
    try {
      const insert = async (client: pg.PoolClient, n: number) => {
        await client.query('BEGIN');
        await append(client, [{ value: { n } }]);
        await client.query('INSERT INTO naive_outbox (n) VALUES ($1)', [n]);
      };
      await insert(slow, 1);
      await insert(fast, 2);
      await fast.query('COMMIT');

      expect(await naive.poll()).toBe(1);
      await eventually(() => expect(relay.status().waitingForHorizon).toBe(true), { withinMs: 5_000 });
      expect(published()).toEqual([]);

      await slow.query('COMMIT');
      await eventually(() => expect(published()).toEqual([1, 2]), { withinMs: 5_000 });
      await naive.poll();
      expect(naive.seen).toEqual([2]);
    } finally {
      slow.release(true);
      fast.release(true);
    }
  });

  it('hold nothing back when they only read', async () => {
    const reader = await database.pool.connect();
    try {
      await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await reader.query('SELECT count(*) FROM outbox');
      await append(database.pool, [{ value: { n: 1 } }]);
      await eventually(() => expect(published()).toEqual([1]), { withinMs: 5_000 });
    } finally {
      reader.release(true);
    }
  });
});

describe('a row that is committed while nothing else goes on', () => {
  it('is on its way within a few milliseconds', async () => {
    const waitsMs: number[] = [];
    for (let i = 1; i <= 200; i += 1) {
      await append(database.pool, [{ value: { n: i } }]);
      const committedAtMs = performance.now();
      await eventually(() => expect(relay.status().publishedSequence).toBe(i), { withinMs: 5_000, everyMs: 1 });
      waitsMs.push(sentAtMs - committedAtMs);
    }
    waitsMs.sort((a, b) => a - b);
    const [p50, p99] = [waitsMs[99] as number, waitsMs[197] as number];
    console.info(`from commit to produce, idle: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms (200 commits)`);
    // Wide enough for a busy machine, and far below the next poll: it was the notification that woke the relay.
    expect(p50).toBeLessThan(20);
  });

  it('waits for a transaction that was open before it, and goes as soon as that ends without a word', async () => {
    const elsewhere = await database.pool.connect();
    let endedAtMs: number;
    try {
      await elsewhere.query('BEGIN');
      await elsewhere.query('SELECT pg_current_xact_id()');
      await append(database.pool, [{ value: { n: 1 } }]);
      await eventually(() => expect(relay.status().waitingForHorizon).toBe(true), { withinMs: 5_000 });
      expect(published()).toEqual([]);
      endedAtMs = performance.now();
      await elsewhere.query('ROLLBACK');
    } finally {
      elsewhere.release(true);
    }
    await eventually(() => expect(published()).toEqual([1]), { withinMs: 5_000 });
    expect(sentAtMs - endedAtMs).toBeLessThan(500);
  });
});

describe('I10: 100,000 rows of 8 writers in transactions of 0 to 200 ms, some rolled back', () => {
  const ROWS = 100_000;
  const WRITERS = 8;

  /** Commits rows until its share is done; returns how many rows it rolled back. Its keys are its own. */
  async function write(writer: number): Promise<number> {
    const random = seededRandom(writer + 1);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const share = ROWS / WRITERS;
    let committed = 0;
    let rolledBack = 0;
    // Rolled-back rows have numbers too: no two rows ever written have the same.
    let next = writer * 10 * ROWS;
    while (committed < share) {
      const rows = Math.min(1 + Math.floor(random() * 110), share - committed);
      const holdMs = random() < 0.65 ? random() * 5 : random() * 200;
      const isKept = random() > 0.07;
      await client.query('BEGIN');
      const insert = async (count: number) => {
        await client.query(
          `WITH written AS (
             INSERT INTO outbox (topic, key, type, hlc, value)
             SELECT 'orders.v1', 'key-' || $1 || '-' || n % 20, 't', '0', jsonb_build_object('n', n)
             FROM generate_series($2::int, $3::int) AS n ORDER BY n
           )
           INSERT INTO naive_outbox (n) SELECT n FROM generate_series($2::int, $3::int) AS n ORDER BY n`,
          [writer, next, next + count - 1],
        );
        next += count;
      };
      // Before and after the wait, so that the ids of transactions interleave, too.
      const before = Math.ceil(rows / 2);
      await insert(before);
      await client.query('SELECT pg_sleep($1)', [holdMs / 1000]);
      if (rows > before) await insert(rows - before);
      await client.query(isKept ? 'COMMIT' : 'ROLLBACK');
      if (isKept) committed += rows;
      else rolledBack += rows;
    }
    await client.end();
    return rolledBack;
  }

  it('are lost in part by the naive poller; the relay publishes each once, in order, numbered without gaps', async () => {
    const started = performance.now();
    const naive = new NaivePoller(database.pool);
    const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    let written = false;
    const polling = (async () => {
      for (;;) {
        const last = written;
        const found = await naive.poll();
        if (last && found === 0) return;
        if (found === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const rolledBack = (await writing).reduce((sum, rows) => sum + rows);
    const writtenMs = performance.now() - started;
    written = true;
    await polling;
    await eventually(() => expect(relay.status().publishedSequence).toBe(ROWS), { withinMs: 30_000 });
    const publishedMs = performance.now() - started;

    const { rows } = await database.pool.query<{ n: number }>('SELECT n FROM naive_outbox ORDER BY tx, id');
    const committed = rows.map((row) => row.n);
    expect(committed.length).toBe(ROWS);
    expect(rolledBack).toBeGreaterThan(1_000);

    const lost = ROWS - new Set(naive.seen).size;
    expect(lost, 'rows that the naive poller lost').toBeGreaterThan(0);

    // Every committed row, no other one, none twice, in the order of (tx, id): the two lists are the same.
    expect(firstDifference(published(), committed)).toBe('none');
    expect(
      firstDifference(
        producer.sequences(),
        Array.from({ length: ROWS }, (_, i) => i + 1),
      ),
    ).toBe('none');
    expect(firstKeyOutOfOrder()).toBe('none');
    expect((await database.pool.query('SELECT FROM outbox')).rowCount).toBe(0);

    console.info(
      `naive poller: ${lost} of ${ROWS} rows lost; relay: 0 lost, ${rolledBack} rolled-back rows not published; ` +
        `written in ${(writtenMs / 1000).toFixed(1)} s, all published ${(publishedMs - writtenMs).toFixed(0)} ms later`,
    );
  });

  /** Instead of toEqual, whose report of 100,000 numbers nobody reads. */
  function firstDifference(actual: number[], expected: number[]): string {
    const at = Array.from({ length: Math.max(actual.length, expected.length) }).findIndex(
      (_, i) => actual[i] !== expected[i],
    );
    return at < 0 ? 'none' : `at ${at}: ${actual[at]} instead of ${expected[at]}`;
  }

  /** A writer numbers its rows upward, so each of its keys must show rising numbers. */
  function firstKeyOutOfOrder(): string {
    const lastByKey = new Map<string, number>();
    for (const { key, value } of producer.events) {
      const n = value.n as number;
      if (n <= (lastByKey.get(key) ?? -1)) return `${key}: ${n} after ${lastByKey.get(key)}`;
      lastByKey.set(key, n);
    }
    return 'none';
  }
});
