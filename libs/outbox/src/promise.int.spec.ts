import { compareTransactions } from '@meridian/consistency';
import { HEARTBEAT_TYPE, PARTITIONS_PER_TOPIC } from '@meridian/contracts';
import type { TopicRecords } from '@meridian/kafka';
import { eventually, seededRandom } from '@meridian/testing';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { silent } from './recording-producer.fixture.ts';
import { startOutboxRelay } from './relay.ts';
import type { OutboxRelay } from './relay-options.ts';
import { append, createTestDatabase, cutRelays, type TestDatabase } from './test-database.fixture.ts';
import { laneOf } from './to-records.ts';

/**
 * What a record's horizon promises: everything of a transaction below it that belongs to this partition is in this
 * partition, at or before this record. In one file, as the horizon is the whole server's.
 */
const TOPIC = 'orders.v1';
const soon = { withinMs: 5_000, everyMs: 5 };

/** A partition as a consumer reads it: events by number, and heartbeats, with what they promise. */
interface Seen {
  n: number | 'heartbeat';
  horizon: string;
}

let database: TestDatabase;
let relay: OutboxRelay | undefined;
let lanes: Map<string, Seen[]>;
let beforeAcknowledging: () => Promise<unknown> | undefined;

const producer = {
  async sendBatch(batch: TopicRecords[]) {
    for (const { topic, records } of batch)
      for (const { partition, headers, value } of records) {
        const text = headers as Record<string, string>;
        const n = text.ce_type === HEARTBEAT_TYPE ? ('heartbeat' as const) : Number(JSON.parse(String(value)).n);
        lanes.get(`${topic}/${partition}`)?.push({ n, horizon: text.ce_horizon as string });
      }
    await beforeAcknowledging();
  },
};

beforeEach(async () => {
  lanes = new Map(Array.from({ length: PARTITIONS_PER_TOPIC }, (_, partition) => [`${TOPIC}/${partition}`, []]));
  beforeAcknowledging = () => undefined;
  database = await createTestDatabase(inject('postgresUrl'));
  // The same rows once more, which nobody deletes: with the transaction that each was written by.
  await database.pool.query(
    'CREATE TABLE written (tx xid8 NOT NULL DEFAULT pg_current_xact_id(), n int NOT NULL, key text NOT NULL)',
  );
});
afterEach(async () => {
  await relay?.close();
  await database.drop();
});

async function start(batchSize = 500): Promise<void> {
  const { url: databaseUrl } = database;
  const options = { databaseUrl, region: 'eu-west', service: 'order', producer, logger: silent, batchSize };
  relay = await startOutboxRelay({ ...options, heartbeatTopics: [TOPIC] });
  await eventually(() => expect(relay?.status().phase).toBe('relaying'), soon);
}

const horizonOf = (lane: string) => lanes.get(lane)?.at(-1)?.horizon ?? '0';
const heartbeats = () => [...lanes.values()].flat().filter(({ n }) => n === 'heartbeat').length;

describe('a horizon', () => {
  it('of a write reaches every partition within moments, though only one has the record', async () => {
    await start();
    await eventually(() => expect(heartbeats()).toBe(PARTITIONS_PER_TOPIC), soon);
    const { rows } = await database.pool.query<{ tx: string }>(
      `WITH written AS (INSERT INTO outbox (topic, key, type, hlc, value) VALUES ($1, 'k', 't', '0', '{"n":1}') RETURNING tx)
       SELECT tx FROM written`,
      [TOPIC],
    );
    const writtenAtMs = performance.now();
    const [{ tx }] = rows as [{ tx: string }];
    await eventually(() => {
      for (const lane of lanes.keys()) expect(compareTransactions(horizonOf(lane), tx)).toBeGreaterThan(0);
    }, soon);
    console.info(`from commit to the horizon of every partition: ${(performance.now() - writtenAtMs).toFixed(0)} ms`);
  });

  it('waits for a transaction that is open, and says so for no longer than it is', async () => {
    await start();
    const slow = await database.pool.connect();
    try {
      await slow.query('BEGIN');
      const { rows } = await slow.query<{ tx: string }>('SELECT pg_current_xact_id() AS tx');
      const [{ tx }] = rows as [{ tx: string }];
      const before = heartbeats();
      await append(database.pool, [{ key: 'k', value: { n: 1 } }]);
      await eventually(() => expect(heartbeats()).toBeGreaterThan(before + PARTITIONS_PER_TOPIC), soon);
      for (const lane of lanes.keys()) expect(compareTransactions(horizonOf(lane), tx)).toBeLessThanOrEqual(0);
      await slow.query('ROLLBACK');
      await eventually(() => {
        for (const lane of lanes.keys()) expect(compareTransactions(horizonOf(lane), tx)).toBeGreaterThan(0);
      }, soon);
    } finally {
      slow.release(true);
    }
  });
});

describe('I5: over 6,000 rows of 8 writers in transactions of 0 to 50 ms, of which the relay publishes many twice', () => {
  const WRITERS = 8;
  const ROWS = 6_000;

  async function write(writer: number): Promise<void> {
    const random = seededRandom(writer + 1);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    for (let next = writer * ROWS, left = ROWS / WRITERS; left > 0; ) {
      const rows = Math.min(1 + Math.floor(random() * 20), left);
      const holdMs = random() < 0.7 ? 0 : random() * 50;
      await client.query('BEGIN');
      const insert = (count: number) =>
        client.query(
          `WITH rows AS (SELECT n, 'key-' || n % 17 AS key FROM generate_series($1::int, $2::int) AS n),
                kept AS (INSERT INTO written (n, key) SELECT n, key FROM rows)
           INSERT INTO outbox (topic, key, type, hlc, value)
           SELECT '${TOPIC}', key, 't', '0', jsonb_build_object('n', n) FROM rows ORDER BY n`,
          [next, next + count - 1],
        );
      const first = Math.ceil(rows / 2);
      await insert(first);
      if (holdMs > 0) await new Promise((resolve) => setTimeout(resolve, holdMs));
      next += first;
      if (rows > first) await insert(rows - first);
      next += rows - first;
      await client.query('COMMIT');
      left -= rows;
    }
    await client.end();
  }

  it('no record and no heartbeat promises what is not there, and in the end all is promised', async () => {
    const random = seededRandom(7);
    let cuts = 0;
    // Its session ends between producing and deleting, as when it is killed there; what it sent goes out again.
    beforeAcknowledging = async () => {
      if (random() < 0.03) cuts += await cutRelays(database.pool);
    };
    await start(50);
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    beforeAcknowledging = () => undefined;
    const { rows } = await database.pool.query<{ tx: string; n: number; key: string }>(
      'SELECT tx, n, key FROM written',
    );
    const greatest = rows.map(({ tx }) => tx).reduce((a, b) => (compareTransactions(a, b) > 0 ? a : b));
    await eventually(
      () => {
        for (const lane of lanes.keys()) expect(compareTransactions(horizonOf(lane), greatest)).toBeGreaterThan(0);
      },
      { withinMs: 20_000 },
    );

    let promises = 0;
    let repeated = 0;
    for (const [lane, seen] of lanes) {
      const owed = rows
        .filter(({ key }) => laneOf({ topic: TOPIC, key }, PARTITIONS_PER_TOPIC) === lane)
        .sort((a, b) => compareTransactions(a.tx, b.tx));
      const there = new Set<number | 'heartbeat'>();
      let checked = 0;
      for (const { n, horizon } of seen) {
        if (there.has(n) && n !== 'heartbeat') repeated += 1;
        there.add(n);
        promises += 1;
        for (; checked < owed.length; checked += 1) {
          const row = owed[checked] as (typeof owed)[number];
          if (compareTransactions(row.tx, horizon) >= 0) break;
          expect(there.has(row.n), `${lane}: ${horizon} is promised without row ${row.n} of ${row.tx}`).toBe(true);
        }
      }
      expect(checked).toBe(owed.length);
    }
    console.info(`${promises} promises, ${heartbeats()} of heartbeats; ${cuts} cuts, ${repeated} rows published again`);
    expect(rows).toHaveLength(ROWS);
    expect(cuts).toBeGreaterThan(2);
    expect(repeated).toBeGreaterThan(50);
  });
});
