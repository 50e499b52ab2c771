import { NO_DEPS, type RowDeps } from '@meridian/consistency';
import { TOPICS } from '@meridian/contracts';
import { noteApplied, noteAppliedSql, type Origin } from '@meridian/inbox';
import { appendToOutboxSql, type OutboxRow } from '@meridian/outbox';
import { ReplicatedStore, type ReplicatedTable, type Self } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import type { OrderFacts } from '../domain/order.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { OrderConfig } from '../order.config.ts';
import { Database } from './database.ts';
import { type StoredOrder, toRow } from './order-shapes.ts';

@Injectable()
export class OrderStore extends ReplicatedStore {
  readonly table: ReplicatedTable = {
    name: 'orders',
    id: { column: 'id', type: 'uuid' },
    aggregate: 'order',
    topic: TOPICS.orders,
    wholeValue: "jsonb_build_object('id', id, 'facts', state)",
  };

  constructor(
    private readonly database: Database,
    private readonly config: OrderConfig,
  ) {
    super();
  }

  get self(): Self {
    return { service: 'order', region: this.config.region };
  }

  get pool(): Database['pool'] {
    return this.database.pool;
  }

  /** What this region knows of an order; version 0 when that is nothing. */
  find(id: string): Promise<StoredOrder> {
    const select = { state: true, version: true, deps: true };
    return this.readSettled(
      async () => {
        const row = await this.database.order.findUnique({ where: { id }, select });
        if (!row) return { id, facts: {}, version: 0, deps: NO_DEPS };
        return {
          id,
          facts: row.state as unknown as OrderFacts,
          version: row.version,
          deps: row.deps as unknown as RowDeps,
        };
      },
      (order) => [order],
    );
  }

  /**
   * The only write of a command: the row and its events, in one statement, so that neither can be without the other.
   * False when the row is no longer the version that was decided on; then nothing is written.
   */
  async commit(order: StoredOrder, events: OutboxRow[]): Promise<boolean> {
    const told = JSON.stringify(this.withDeps([order], events));
    const [result] = await this.database.$queryRaw<[{ written: number; tx: string }]>`
      WITH written AS (${upsert(order, this.depsOfWrite(order.deps, true))}),
      told AS (SELECT ${told}::jsonb AS events FROM written),
      appended AS (${APPEND_TOLD})
      SELECT count(*)::int AS written, pg_current_xact_id()::text AS tx FROM written`;
    if (result.written === 1) this.noteWrite(result.tx);
    return result.written === 1;
  }

  /** The only write of a remote event: the joined row and the inbox entry, in one statement. False as for `commit`. */
  async commitRemote(order: StoredOrder, { source, sequence }: Origin): Promise<boolean> {
    const [result] = await this.database.$queryRaw<[{ written: number }]>`
      WITH written AS (${upsert(order, this.depsOfWrite(order.deps, false))}),
      origin AS (SELECT ${source}::text AS source, ${sequence}::bigint AS sequence FROM written),
      noted AS (${NOTE_ORIGIN})
      SELECT count(*)::int AS written FROM written`;
    return result.written === 1;
  }

  /** Notes a remote event that said nothing new. False when it was noted before: it came twice. */
  noteRemote(origin: Origin): Promise<boolean> {
    return noteApplied(this.pool, origin);
  }

  /** Where the clock must go on from after a restart. */
  async latestHlc(): Promise<string | undefined> {
    const [result] = await this.database.$queryRaw<[{ hlc: string | null }]>`SELECT max(hlc) AS hlc FROM orders`;
    return result.hlc ?? undefined;
  }
}

const APPEND_TOLD = Prisma.raw(appendToOutboxSql({ rows: 'told.events', from: 'told' }));
const NOTE_ORIGIN = Prisma.raw(
  noteAppliedSql({ source: 'origin.source', sequence: 'origin.sequence', from: 'origin' }),
);

function upsert(order: StoredOrder, { deps, writer }: { deps: string; writer: string | null }): Prisma.Sql {
  const { id, state, hlc, status, customerId } = toRow(order);
  return Prisma.sql`
    INSERT INTO orders AS known (id, state, hlc, status, customer_id, version, deps)
    VALUES (${id}::uuid, ${state}::jsonb, ${hlc}, ${status}, ${customerId}::uuid, ${order.version + 1}::int,
            with_own_write(${deps}::jsonb, ${writer}))
    ON CONFLICT (id) DO UPDATE
      SET state = excluded.state, hlc = excluded.hlc, status = excluded.status,
          customer_id = excluded.customer_id, version = excluded.version, deps = excluded.deps
      WHERE known.version = ${order.version}::int
    RETURNING id`;
}
