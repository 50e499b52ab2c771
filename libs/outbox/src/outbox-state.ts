import type { ClientBase, Pool } from 'pg';

export interface OutboxState {
  /** Rows committed and not yet noted as published. */
  pending: number;
  /** The sequence of the last event noted as published; 0 when there was none. */
  publishedSequence: number;
}

/** What `GET /outbox` of a service tells: read from the tables, so it is true whichever process relays. */
export async function readOutboxState(database: Pool | ClientBase): Promise<OutboxState> {
  const { rows } = await database.query<OutboxState>(
    `SELECT (SELECT count(*)::int FROM outbox) AS pending, sequence::float8 AS "publishedSequence" FROM outbox_position`,
  );
  const [state] = rows;
  if (!state) throw new Error('outbox_position has no row');
  return state;
}

/** An event that is committed and not yet noted as published. */
export interface PendingEvent {
  /** The one that it will be published under. */
  sequence: number;
  key: string;
  type: string;
  hlc: string;
  committedAt: Date;
}

/**
 * The first `limit` behind `after` of what waits, as of the same moment as the position that their sequences are counted from.
 * While transactions are open, one that began earlier can still come in before them and move their numbers on.
 */
export async function readPendingEvents(
  database: Pool | ClientBase,
  { after, limit }: { after: number; limit: number },
): Promise<{ publishedSequence: number; pending: PendingEvent[] }> {
  const { rows } = await database.query<
    { position: number } & { [Field in keyof PendingEvent]: PendingEvent[Field] | null }
  >(
    `SELECT place.sequence::float8 AS position, place.sequence::float8 + waiting.nth AS sequence,
            key, type, hlc, committed_at AS "committedAt"
     FROM outbox_position AS place LEFT JOIN (
       SELECT row_number() OVER (ORDER BY tx, id) AS nth, key, type, hlc, committed_at
       FROM outbox ORDER BY tx, id
       LIMIT $1 OFFSET (SELECT greatest(0, $2 - sequence) FROM outbox_position)
     ) AS waiting ON true
     ORDER BY nth`,
    [limit, after],
  );
  const [first] = rows;
  if (!first) throw new Error('outbox_position has no row');
  const pending = rows.flatMap(({ position: _, ...row }) => (row.sequence === null ? [] : [row as PendingEvent]));
  return { publishedSequence: first.position, pending };
}

/**
 * Has the relay go on behind `sequence`; true when that was news. For a service that lost its database: it would number
 * its events from 1 again, and other regions, which know those numbers, would take the events for repetitions. A relay at
 * work finds its position moved, and begins anew from there; at worst, it publishes a batch again under new numbers.
 */
export async function advanceOutbox(database: Pool | ClientBase, sequence: number): Promise<boolean> {
  const { rowCount } = await database.query('UPDATE outbox_position SET sequence = $1 WHERE sequence < $1', [sequence]);
  return rowCount === 1;
}
