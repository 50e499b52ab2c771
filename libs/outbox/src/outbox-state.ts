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

/**
 * Has the relay go on behind `sequence`; true when that was news. For a service that lost its database: it would number
 * its events from 1 again, and other regions, which know those numbers, would take the events for repetitions. A relay at
 * work finds its position moved, and begins anew from there; at worst, it publishes a batch again under new numbers.
 */
export async function advanceOutbox(database: Pool | ClientBase, sequence: number): Promise<boolean> {
  const { rowCount } = await database.query('UPDATE outbox_position SET sequence = $1 WHERE sequence < $1', [sequence]);
  return rowCount === 1;
}
