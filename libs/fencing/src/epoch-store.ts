import { mayWrite, type RegionId, type RoutingTable } from '@meridian/regions';
import type pg from 'pg';
import { EPOCH_LOCK } from './epoch-ddl.ts';
import { type KnownEpoch, needsLease } from './known-epoch.ts';
import { servesPeers } from './may-serve.ts';

/** What this service was told, kept in its own database: where commits are held against it, and a restart finds it. */
export class EpochStore {
  constructor(
    private readonly pool: pg.Pool,
    private readonly region: RegionId,
  ) {}

  /** Undefined when the service has never been told anything. */
  async read(): Promise<KnownEpoch | undefined> {
    const { rows } = await this.pool.query<{ told: RoutingTable | null; leaseUntil: Date | null }>(
      'SELECT told, lease_until AS "leaseUntil" FROM epoch',
    );
    const { told: table, leaseUntil } = rows[0] ?? {};
    if (!table) return undefined;
    return { table, ...(leaseUntil && { leaseUntilMs: leaseUntil.getTime() }) };
  }

  /**
   * False when a newer epoch stands there. Once it resolves, no commit succeeds any more by the right of an older one: a new
   * epoch waits for the commits that are under way. A longer lease of the same epoch takes nothing away and need not wait.
   */
  async write({ table, leaseUntilMs }: KnownEpoch, isNewer: boolean): Promise<boolean> {
    const isLeased = needsLease(table, this.region);
    const lease = isLeased ? leaseUntilMs : undefined;
    const writable = mayWrite(table, this.region) && (!isLeased || lease !== undefined);
    const turn = isNewer ? `pg_advisory_xact_lock(${EPOCH_LOCK})` : 'true';
    const { rowCount } = await this.pool.query(
      `WITH turn AS MATERIALIZED (SELECT ${turn})
       UPDATE epoch SET epoch = $1, told = $2, writable = $3, serves_peers = $4, lease_until = to_timestamp($5::float8 / 1000)
       FROM turn WHERE epoch.epoch <= $1`,
      [table.epoch, JSON.stringify(table), writable, servesPeers(table, this.region), lease ?? null],
    );
    return rowCount === 1;
  }
}
