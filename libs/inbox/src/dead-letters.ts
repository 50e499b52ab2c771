import type { ClientBase, Pool } from 'pg';
import { appliedSql } from './inbox.ts';

/**
 * The dead letters of a service: what it could not apply, and what became of each. A dead letter is a gap with a reason.
 *
 * Why a table, when the letters lie in a topic: a topic can be read from one end to the other and cannot be ticked off.
 * Why only positions and reasons in it, and not the records: they may hold personal data, which then would lie, and have
 * to be erased, in one place more.
 *
 * Limits: a letter can be replayed for as long as its topic keeps it; afterwards a repair from another region helps.
 */

/** Where the record lay that became a dead letter, in this region's cluster. */
export interface RecordPlace {
  topic: string;
  partition: number;
  /** A 64-bit number in decimal. */
  offset: string;
}

export interface DeadLetterNote extends RecordPlace {
  /** The aggregate's id. */
  key: string | null;
  /** Of the envelope; null where it could not be read. */
  source: string | null;
  sequence: number | null;
  type: string | null;
  traceId: string | null;
  reason: string;
  attempts: number;
  at: Date;
  /** Where in the dead-letter topic the bytes are. */
  letter: { partition: number; offset: string };
}

export interface DeadLetterRow extends DeadLetterNote {
  replayedAt: Date | null;
  /** What the last replay that failed died of. */
  replayFailure: { at: Date; reason: string } | null;
}

/** Noted again after a crash, a letter is the same one; one that was replayed stays so. */
export async function noteDeadLetter(database: Pool | ClientBase, note: DeadLetterNote): Promise<void> {
  const { topic, partition, offset, key, source, sequence, type, traceId, reason, attempts, at, letter } = note;
  await database.query(
    `INSERT INTO dead_letters (topic, partition, "offset", key, source, sequence, type, trace_id, reason, attempts, at,
                               letter_partition, letter_offset)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
     ON CONFLICT (topic, partition, "offset") DO UPDATE
       SET reason = excluded.reason, attempts = excluded.attempts, at = excluded.at,
           letter_partition = excluded.letter_partition, letter_offset = excluded.letter_offset`,
    [
      topic,
      partition,
      offset,
      key,
      source,
      sequence,
      type,
      traceId,
      reason,
      attempts,
      at,
      letter.partition,
      letter.offset,
    ],
  );
}

const COLUMNS = `
  topic, partition, "offset"::text AS offset, key, source, sequence::float8 AS sequence, type, trace_id AS "traceId",
  reason, attempts, at, jsonb_build_object('partition', letter_partition, 'offset', letter_offset::text) AS letter,
  replayed_at AS "replayedAt", replay_failed_at AS "failedAt", replay_failure AS "failure"`;

type Selected = Omit<DeadLetterRow, 'replayFailure'> & { failedAt: Date | null; failure: string | null };

function toRow({ failedAt, failure, ...row }: Selected): DeadLetterRow {
  return { ...row, replayFailure: failedAt && { at: failedAt, reason: failure ?? '' } };
}

/** In the order of topic, partition and offset, beginning behind `after`. */
export async function listDeadLetters(
  database: Pool | ClientBase,
  { status, limit, after }: { status: 'open' | 'replayed' | 'all'; limit: number; after?: RecordPlace | undefined },
): Promise<DeadLetterRow[]> {
  const { rows } = await database.query<Selected>(
    `SELECT ${COLUMNS} FROM dead_letters
     WHERE ($1 = 'all' OR (replayed_at IS NULL) = ($1 = 'open'))
       AND ($2::text IS NULL OR (topic, partition, "offset") > ($2, $3::int, $4::bigint))
     ORDER BY topic, partition, dead_letters."offset"
     LIMIT $5`,
    [status, after?.topic ?? null, after?.partition ?? null, after?.offset ?? null, limit],
  );
  return rows.map(toRow);
}

export async function countOpenDeadLetters(database: Pool | ClientBase): Promise<number> {
  const { rows } = await database.query<{ open: number }>(
    'SELECT count(*)::int AS open FROM dead_letters WHERE replayed_at IS NULL',
  );
  return rows[0]?.open ?? 0;
}

export async function findDeadLetter(
  database: Pool | ClientBase,
  { topic, partition, offset }: RecordPlace,
): Promise<DeadLetterRow | undefined> {
  const { rows } = await database.query<Selected>(
    `SELECT ${COLUMNS} FROM dead_letters WHERE topic = $1 AND partition = $2 AND dead_letters."offset" = $3`,
    [topic, partition, offset],
  );
  return rows[0] && toRow(rows[0]);
}

/**
 * Notes as replayed what the inbox says was applied after all, because the topic was delivered again or a repair has
 * covered it. To be called now and then.
 */
export async function settleDeadLetters(database: Pool | ClientBase): Promise<number> {
  const { rowCount } = await database.query(
    `UPDATE dead_letters AS letter SET replayed_at = clock_timestamp()
     WHERE replayed_at IS NULL AND ${appliedSql({ source: 'letter.source', sequence: 'letter.sequence' })}`,
  );
  return rowCount ?? 0;
}

export type ReplayOutcome =
  | { outcome: 'replayed' }
  | { outcome: 'replayed-before' }
  /** Somebody else replays it at this moment. */
  | { outcome: 'being-replayed' }
  | { outcome: 'failed'; reason: string };

/**
 * Does `work` for an open dead letter, once, whoever else asks for it meanwhile, and notes how it ended. An advisory lock
 * of the session and no row lock: a transaction held open for as long as a handler takes would hold up the outbox, whose
 * relay publishes nothing above the oldest open transaction.
 */
export async function replayOnce(
  pool: Pool,
  { topic, partition, offset }: RecordPlace,
  work: () => Promise<void>,
): Promise<ReplayOutcome> {
  const place = [topic, partition, offset];
  const client = await pool.connect();
  let broken = true;
  try {
    const { rows } = await client.query<{ held: boolean }>(`SELECT pg_try_advisory_lock(${LOCK}) AS held`, [
      place.join(':'),
    ]);
    const outcome = rows[0]?.held ? await replayHeld(client, place, work) : ({ outcome: 'being-replayed' } as const);
    if (rows[0]?.held) await client.query(`SELECT pg_advisory_unlock(${LOCK})`, [place.join(':')]);
    broken = false;
    return outcome;
  } finally {
    // A connection in an unknown state is thrown away, and its lock with it.
    client.release(broken);
  }
}

const LOCK = `hashtextextended('dead letter ' || $1, 0)`;
const HERE = 'WHERE topic = $1 AND partition = $2 AND "offset" = $3';

async function replayHeld(client: ClientBase, place: unknown[], work: () => Promise<void>): Promise<ReplayOutcome> {
  const { rowCount: open } = await client.query(`SELECT FROM dead_letters ${HERE} AND replayed_at IS NULL`, place);
  if (open === 0) return { outcome: 'replayed-before' };
  try {
    await work();
  } catch (failure) {
    const reason = failure instanceof Error ? `${failure.name}: ${failure.message}` : 'something that is no Error';
    await client.query(`UPDATE dead_letters SET replay_failed_at = clock_timestamp(), replay_failure = $4 ${HERE}`, [
      ...place,
      reason.slice(0, REASON_LENGTH),
    ]);
    return { outcome: 'failed', reason: reason.slice(0, REASON_LENGTH) };
  }
  await client.query(`UPDATE dead_letters SET replayed_at = clock_timestamp() ${HERE}`, place);
  return { outcome: 'replayed' };
}

const REASON_LENGTH = 500;
