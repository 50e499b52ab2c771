import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { OUTBOX_CHANNEL } from './outbox-ddl.ts';
import type { CommittedRow } from './outbox-row.ts';

/** One relay per database: whoever's session holds this advisory lock ("outbox" in ASCII; such locks are per database). */
const LOCK = 0x6f7574626f78;
const CONNECT_LIMIT_MS = 2_000;
/** A server that does not answer for this long is taken to be gone. */
const QUERY_LIMIT_MS = 10_000;
const END_LIMIT_MS = 500;

/**
 * - An unflushed commit may be lost in a crash of the server. Here that takes back the deletion together with the
 *   position, so the same rows are published again under the same sequences: what the relay promises anyway, and it
 *   saves a wait for the disk per batch.
 * - A table that is empty whenever statistics are gathered is planned as if it always were. Under a backlog that would
 *   be a scan and a sort of all of it for every batch.
 */
const SETTINGS = '-c synchronous_commit=off -c enable_seqscan=off -c enable_bitmapscan=off';

const READ_READY = `
  SELECT id, tx, topic, key, type, hlc, traceparent, deps, value, committed_at AS "committedAt",
         pg_snapshot_xmin(pg_current_snapshot()) AS horizon
  FROM outbox
  WHERE tx >= $1::xid8 AND tx < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY tx, id
  LIMIT $2`;

/** Of one snapshot: the horizon, and the first row that is committed, be it below or not. */
const LOOK = `
  SELECT snapshot.horizon, snapshot.at, first.tx < snapshot.horizon AS ready
  FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon, statement_timestamp() AS at) AS snapshot
  LEFT JOIN LATERAL (SELECT tx FROM outbox WHERE tx >= $1::xid8 ORDER BY tx, id LIMIT 1) AS first ON true`;

/** Takes nothing away unless the position is the one that the sequences were counted from. */
const MARK_PUBLISHED = `
  WITH moved AS (
    UPDATE outbox_position SET sequence = $3 WHERE sequence = $2 RETURNING 1
  )
  DELETE FROM outbox WHERE id = ANY($1::bigint[]) AND EXISTS (SELECT FROM moved)`;

export interface ReadyRows {
  rows: CommittedRow[];
  /** Every row of a transaction below this number is among these, or was published before. */
  bound: string;
}

/** The outbox at one moment. */
export interface OutboxView {
  /** Unless rows are `ready`, everything below this number has been published. */
  horizon: string;
  at: Date;
  /** Committed and not yet published: none, some below the horizon, or some that wait for it. */
  rows: 'none' | 'ready' | 'waiting';
}

/** The relay's one connection: its lock, its notifications and its statements live and die together. */
export class RelaySession {
  /** True once the connection has ended, whoever ended it. */
  lost = false;
  readonly #client: pg.Client;
  /** Every row below was published, so there is no need to look among what is left of it in the index. */
  #readFrom = '0';

  /** `onWake` is called when rows were committed, and when the connection has ended. */
  private constructor(client: pg.Client, onWake: () => void) {
    this.#client = client;
    const lose = () => {
      this.lost = true;
      onWake();
    };
    client.on('error', lose);
    client.on('end', lose);
    client.on('notification', onWake);
  }

  static async open(databaseUrl: string, applicationName: string, onWake: () => void): Promise<RelaySession> {
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: applicationName,
      options: SETTINGS,
      connectionTimeoutMillis: CONNECT_LIMIT_MS,
      query_timeout: QUERY_LIMIT_MS,
      keepAlive: true,
    });
    const session = new RelaySession(client, onWake);
    await client.connect();
    return session;
  }

  /** Tried and not waited for: a statement that waits holds a snapshot, and vacuum could not clean up behind the relay. */
  async tryLock(): Promise<boolean> {
    const { rows } = await this.#client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [LOCK]);
    return rows[0]?.held === true;
  }

  async listen(): Promise<void> {
    await this.#client.query(`LISTEN ${OUTBOX_CHANNEL}`);
  }

  /** The last sequence that was given. */
  async position(): Promise<number> {
    const { rows } = await this.#client.query<{ sequence: string }>('SELECT sequence FROM outbox_position');
    const [row] = rows;
    if (!row) throw new Error('outbox_position has no row');
    return Number(row.sequence);
  }

  /** The first rows, in their order, of transactions that nothing can sort before any more. */
  async readReady(limit: number): Promise<ReadyRows> {
    const { rows } = await this.#client.query<Omit<CommittedRow, 'value'> & { value: unknown; horizon: string }>({
      name: 'read-ready',
      text: READ_READY,
      values: [this.#readFrom, limit],
    });
    const last = rows.at(-1);
    return {
      // PostgreSQL's own text of jsonb has a space after every colon and comma, and each would be paid for between regions.
      rows: rows.map(({ horizon: _, ...row }) => ({ ...row, value: JSON.stringify(row.value) })),
      bound: last && rows.length < limit ? last.horizon : (last?.tx ?? '0'),
    };
  }

  async look(): Promise<OutboxView> {
    const { rows } = await this.#client.query<{ horizon: string; at: Date; ready: boolean | null }>({
      name: 'look',
      text: LOOK,
      values: [this.#readFrom],
    });
    const [{ horizon, at, ready }] = rows as [(typeof rows)[number]];
    return { horizon, at, rows: ready === null ? 'none' : ready ? 'ready' : 'waiting' };
  }

  /**
   * Takes the rows away and moves the position on behind them, or neither. Throws when the position is not `from`: then
   * another relay was at work although this session had the lock, and what it did must be read anew.
   */
  async markPublished(rows: readonly CommittedRow[], from: number): Promise<void> {
    const { rowCount } = await this.#client.query({
      name: 'mark-published',
      text: MARK_PUBLISHED,
      values: [rows.map((row) => row.id), from, from + rows.length],
    });
    if (rowCount !== rows.length)
      throw new Error(`${rowCount} of ${rows.length} rows after ${from} were still to be published`);
    this.#readFrom = rows.at(-1)?.tx ?? this.#readFrom;
  }

  /** Also cuts off a statement that is under way. Does not wait long for a server that no longer answers. */
  async end(): Promise<void> {
    const ended = this.#client.end().catch(() => undefined);
    await Promise.race([ended, pause(END_LIMIT_MS, undefined, { ref: false })]);
  }
}
