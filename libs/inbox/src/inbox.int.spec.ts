import { createTestDatabase, eventually, seededRandom, type TestDatabase } from '@meridian/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { compactInbox } from './compact-inbox.ts';
import { DEAD_LETTERS_DDL } from './dead-letters-ddl.ts';
import { alreadyApplied, noteApplied, noteAppliedSql, type Origin } from './inbox.ts';
import { INBOX_DDL } from './inbox-ddl.ts';
import { missingSequences } from './missing-sequences.ts';

const source = '/eu-west/order';
const other = '/us-east/order';
const origin = (sequence: number, of = source): Origin => ({ source: of, sequence });

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(inject('postgresUrl'), INBOX_DDL + DEAD_LETTERS_DDL);
  await database.pool.query('CREATE TABLE effects (source text, sequence bigint)');
});
afterAll(() => database.drop());
beforeEach(() => database.pool.query('TRUNCATE inbox, inbox_watermark, effects'));

/** Applies an event as a service does: its effect and its note in one statement. */
async function apply({ source: of, sequence }: Origin): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    `WITH noted AS (${noteAppliedSql({ source: '$1', sequence: '$2' })} RETURNING source, sequence)
     INSERT INTO effects SELECT source, sequence FROM noted`,
    [of, sequence],
  );
  return rowCount === 1;
}
const note = async (sequences: number[], of = source) => {
  for (const sequence of sequences) await noteApplied(database.pool, origin(sequence, of));
};
const held = async () =>
  (await database.pool.query('SELECT sequence::int FROM inbox ORDER BY 1')).rows.map((row) => row.sequence);
const watermarks = async () =>
  Object.fromEntries(
    (await database.pool.query('SELECT source, sequence::int FROM inbox_watermark')).rows.map((row) => [
      row.source,
      row.sequence,
    ]),
  );
/** Until a statement in this database waits for a lock. */
const oneWaits = () =>
  eventually(
    async () => {
      const { rowCount } = await database.pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(rowCount).toBe(1);
    },
    { withinMs: 5_000 },
  );
const effects = async () =>
  (await database.pool.query('SELECT sequence::int FROM effects ORDER BY 1')).rows.map((row) => row.sequence);

describe('an event', () => {
  it('is new once, per source', async () => {
    expect(await apply(origin(1))).toBe(true);
    expect(await apply(origin(1))).toBe(false);
    expect(await apply(origin(1, other))).toBe(true);
    expect(await effects()).toEqual([1, 1]);
  });

  it('is known afterwards, and not before', async () => {
    expect(await alreadyApplied(database.pool, origin(1))).toBe(false);
    await note([1]);
    expect(await alreadyApplied(database.pool, origin(1))).toBe(true);
    expect(await alreadyApplied(database.pool, origin(1, other))).toBe(false);
  });

  it('that is delivered many times at once has its effect once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => apply(origin(7))));
    expect(outcomes.filter(Boolean).length).toBe(1);
    expect(await effects()).toEqual([7]);
  });

  it('that is delivered again while it is being applied waits, and is new when that is rolled back', async () => {
    const first = await database.pool.connect();
    try {
      await first.query('BEGIN');
      expect(await noteApplied(first, origin(1))).toBe(true);
      const second = apply(origin(1));
      await oneWaits();
      await first.query('ROLLBACK');
      expect(await second).toBe(true);
    } finally {
      first.release(true);
    }
  });
});

describe('compaction', () => {
  it('folds what has no gap below it, per source', async () => {
    await note([1, 2, 3, 5, 6]);
    await note([2], other);
    expect(await compactInbox(database.pool)).toEqual({ removed: 3, postponed: false });
    expect(await watermarks()).toEqual({ [source]: 3 });
    expect(await held()).toEqual([2, 5, 6]);
  });

  it('goes on when the gap is filled, in whatever order', async () => {
    await note([3, 1]);
    await compactInbox(database.pool);
    expect(await watermarks()).toEqual({ [source]: 1 });
    await note([5, 2]);
    await compactInbox(database.pool);
    expect(await watermarks()).toEqual({ [source]: 3 });
    await note([4]);
    await compactInbox(database.pool);
    expect(await watermarks()).toEqual({ [source]: 5 });
    expect(await held()).toEqual([]);
    expect(await compactInbox(database.pool)).toEqual({ removed: 0, postponed: false });
  });

  it('forgets nothing: what was folded is not new', async () => {
    await note([1, 2, 3]);
    await compactInbox(database.pool);
    for (const sequence of [1, 2, 3]) {
      expect(await alreadyApplied(database.pool, origin(sequence))).toBe(true);
      expect(await apply(origin(sequence))).toBe(false);
    }
    expect(await apply(origin(4))).toBe(true);
  });

  it('does not cut in on an applier that has looked at the watermark and not yet written', async () => {
    await note([1, 2]);
    const [gate, applier] = await Promise.all([database.pool.connect(), database.pool.connect()]);
    try {
      await gate.query('SELECT pg_advisory_lock(1)');
      // Its snapshot, with the old watermark in it, is taken before it waits at the gate.
      const duplicate = applier.query(
        `WITH gate AS MATERIALIZED (SELECT pg_advisory_xact_lock(1))
         ${noteAppliedSql({ source: '$1', sequence: '$2', from: 'gate' })}`,
        [source, 2],
      );
      await oneWaits();
      expect(await compactInbox(database.pool)).toEqual({ removed: 0, postponed: true });
      await gate.query('SELECT pg_advisory_unlock(1)');
      expect((await duplicate).rowCount).toBe(0);
      expect(await compactInbox(database.pool)).toEqual({ removed: 2, postponed: false });
    } finally {
      gate.release(true);
      applier.release(true);
    }
  });

  it('is safe beside appliers: every event of a shuffled, doubled delivery has its effect once', async () => {
    const LAST = 2_000;
    const random = seededRandom(1);
    const deliveries = Array.from({ length: LAST }, (_, i) => i + 1).flatMap((n) => (random() < 0.5 ? [n, n, n] : [n]));
    // Out of order within a window, as by partitions side by side and a consumer that starts again further back.
    const order = deliveries.map((n) => ({ n, at: n + random() * 300 })).sort((a, b) => a.at - b.at);
    let next = 0;
    let compactions = 0;
    const applier = async () => {
      for (let item = order[next++]; item; item = order[next++]) await apply(origin(item.n));
    };
    const compactor = async () => {
      while (next < order.length) compactions += (await compactInbox(database.pool)).removed > 0 ? 1 : 0;
    };
    await Promise.all([applier(), applier(), applier(), applier(), compactor(), compactor()]);
    expect(compactions).toBeGreaterThan(3);
    await compactInbox(database.pool);
    expect(await effects()).toEqual(Array.from({ length: LAST }, (_, i) => i + 1));
    expect(await watermarks()).toEqual({ [source]: LAST });
    expect(await held()).toEqual([]);
  });
});

describe('the gap report', () => {
  it('names what is missing, since when it is known, and is not skipped by compaction', async () => {
    await note([1, 2, 5, 6, 9]);
    await note([2], other);
    const { rows } = await database.pool.query<{ at: Date }>(
      'SELECT min(applied_at) AS at FROM inbox WHERE sequence = 5',
    );
    const gaps = [
      { source, firstSequence: 3, lastSequence: 4, openSince: rows[0]?.at, deadLetters: 0 },
      { source, firstSequence: 7, lastSequence: 8, openSince: expect.any(Date), deadLetters: 0 },
      { source: other, firstSequence: 1, lastSequence: 1, openSince: expect.any(Date), deadLetters: 0 },
    ];
    expect(await missingSequences(database.pool)).toEqual(gaps);
    await compactInbox(database.pool);
    expect(await missingSequences(database.pool)).toEqual(gaps);
    expect(await missingSequences(database.pool, 1)).toEqual(gaps.slice(0, 1));
  });

  it('is empty when everything has arrived', async () => {
    await note([2, 1]);
    expect(await missingSequences(database.pool)).toEqual([]);
    await compactInbox(database.pool);
    expect(await missingSequences(database.pool)).toEqual([]);
  });
});
