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
