import { createTestDatabase, type TestDatabase } from '@meridian/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { compactInbox } from './compact-inbox.ts';
import {
  countOpenDeadLetters,
  type DeadLetterNote,
  findDeadLetter,
  listDeadLetters,
  noteDeadLetter,
  replayOnce,
  settleDeadLetters,
} from './dead-letters.ts';
import { DEAD_LETTERS_DDL } from './dead-letters-ddl.ts';
import { noteApplied } from './inbox.ts';
import { INBOX_DDL } from './inbox-ddl.ts';
import { readInboxState } from './inbox-state.ts';
import { closeGap, missingSequences } from './missing-sequences.ts';

const source = '/us-east/order';
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(inject('postgresUrl'), INBOX_DDL + DEAD_LETTERS_DDL);
});
afterAll(() => database.drop());
beforeEach(() => database.pool.query('TRUNCATE inbox, inbox_watermark, dead_letters'));

const letter = (sequence: number, over: Partial<DeadLetterNote> = {}): DeadLetterNote => ({
  ...{ topic: 'us-east.orders.v1', partition: 2, offset: String(sequence + 90) },
  ...{ key: 'o-1', source, sequence, type: 'meridian.order.placed.v1', traceId: 'a'.repeat(32) },
  ...{ reason: 'TypeError: no', attempts: 5, at: new Date('2026-11-25T12:00:00Z') },
  letter: { partition: 0, offset: String(sequence) },
  ...over,
});
const note = (sequence: number, over?: Partial<DeadLetterNote>) =>
  noteDeadLetter(database.pool, letter(sequence, over));
const apply = async (...sequences: number[]) => {
  for (const sequence of sequences) await noteApplied(database.pool, { source, sequence });
};
const open = async () =>
  (await listDeadLetters(database.pool, { status: 'open', limit: 10 })).map(({ sequence }) => sequence);

describe('a dead letter', () => {
  it('is listed with all that was noted of it, a page at a time in the order of its log', async () => {
    for (const sequence of [12, 3, 4]) await note(sequence);
    const [first] = await listDeadLetters(database.pool, { status: 'open', limit: 1 });
    expect(first).toEqual({ ...letter(3), replayedAt: null, replayFailure: null });
    const rest = await listDeadLetters(database.pool, { status: 'all', limit: 10, after: first });
    expect(rest.map(({ offset }) => offset)).toEqual(['94', '102']);
  });

  it('that is noted again, after a crash, is the same one, with where it lies now', async () => {
    await note(3);
    await note(3, { reason: 'RangeError: still no', letter: { partition: 0, offset: '7' } });
    expect(await countOpenDeadLetters(database.pool)).toBe(1);
    expect(await findDeadLetter(database.pool, letter(3))).toMatchObject({
      ...{ reason: 'RangeError: still no', letter: { partition: 0, offset: '7' } },
    });
  });

  it('whose envelope could not be read is one, too', async () => {
    await note(3, { source: null, sequence: null, type: null, traceId: null, key: null });
    expect(await open()).toEqual([null]);
    expect(await settleDeadLetters(database.pool)).toBe(0);
  });

  it('is settled when its event was applied after all, also when that is folded into the watermark', async () => {
    for (const sequence of [1, 2, 5]) await note(sequence);
    await apply(1, 5);
    await compactInbox(database.pool);
    expect(await settleDeadLetters(database.pool)).toBe(2);
    expect(await open()).toEqual([2]);
  });
});

describe('a replay', () => {
  it('is done once, however many ask for it at once', async () => {
    await note(3);
    let done = 0;
    const release = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const first = replayOnce(database.pool, letter(3), async () => {
      done += 1;
      begun.resolve();
      await release.promise;
    });
    await begun.promise;
    const others = Array.from({ length: 5 }, () =>
      replayOnce(database.pool, letter(3), async () => {
        done += 1;
      }),
    );
    expect(await Promise.all(others)).toEqual(others.map(() => ({ outcome: 'being-replayed' })));
    release.resolve();
    expect(await first).toEqual({ outcome: 'replayed' });
    expect(await replayOnce(database.pool, letter(3), () => Promise.reject(new Error('never')))).toEqual({
      outcome: 'replayed-before',
    });
    expect(done).toBe(1);
    expect(await open()).toEqual([]);
  });

  it('that fails leaves the letter open, says why, and may be tried again', async () => {
    await note(3);
    const failed = await replayOnce(database.pool, letter(3), () => Promise.reject(new RangeError('still no')));
    expect(failed).toEqual({ outcome: 'failed', reason: 'RangeError: still no' });
    expect(await findDeadLetter(database.pool, letter(3))).toMatchObject({
      ...{ replayedAt: null, replayFailure: { reason: 'RangeError: still no', at: expect.any(Date) } },
    });
    expect(await replayOnce(database.pool, letter(3), async () => {})).toEqual({ outcome: 'replayed' });
    expect((await findDeadLetter(database.pool, letter(3)))?.replayedAt).toBeInstanceOf(Date);
  });

  it('holds no transaction open meanwhile: the outbox would wait for it', async () => {
    await note(3);
    await replayOnce(database.pool, letter(3), async () => {
      const { rows } = await database.pool.query(
        `SELECT count(*)::int AS open FROM pg_stat_activity
         WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
      );
      expect(rows[0].open).toBe(0);
    });
  });
});

describe('the state of the inbox', () => {
  const state = async () => (await readInboxState(database.pool))[0];

  it('says up to where all was applied, how much is missing above, and what of that is a dead letter', async () => {
    await apply(1, 2, 4, 8);
    await note(5);
    expect(await state()).toEqual({
      ...{ source, appliedUpTo: 2, appliedLast: 8, missing: 4, openDeadLetters: 1 },
      gaps: [
        { source, firstSequence: 3, lastSequence: 3, openSince: expect.any(Date), deadLetters: 0 },
        { source, firstSequence: 5, lastSequence: 7, openSince: expect.any(Date), deadLetters: 1 },
      ],
    });
    const before = await state();
    await compactInbox(database.pool);
    expect(await state()).toEqual(before);
  });

  it('of a source without a gap is one number, and of one with dead letters alone is told as well', async () => {
    await apply(1, 2, 3);
    await note(1, { source: '/ap-southeast/order' });
    expect(await readInboxState(database.pool)).toMatchObject([
      { source: '/ap-southeast/order', appliedUpTo: 0, appliedLast: 0, missing: 0, openDeadLetters: 1 },
      { source, appliedUpTo: 3, appliedLast: 3, missing: 0, gaps: [] },
    ]);
  });

  it('has no gap any more where one was closed, and what comes late after that is no news', async () => {
    await apply(1, 5);
    await note(3);
    const [gap] = await missingSequences(database.pool);
    expect(gap).toBeDefined();
    if (gap) expect(await closeGap(database.pool, gap)).toBe(3);
    await settleDeadLetters(database.pool);
    expect(await state()).toMatchObject({ appliedUpTo: 5, missing: 0, gaps: [], openDeadLetters: 0 });
    expect(await noteApplied(database.pool, { source, sequence: 3 })).toBe(false);
    await compactInbox(database.pool);
    if (gap) expect(await closeGap(database.pool, gap)).toBe(0);
  });
});
