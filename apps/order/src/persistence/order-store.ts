import { EventEmitter } from 'node:events';
import { type ConflictRow, insertConflictsSql } from '@meridian/conflicts';
import { noteAppliedSql, type Origin } from '@meridian/inbox';
import { appendToOutboxSql, type OutboxRow } from '@meridian/outbox';
import { ReplicatedStore } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import type { OrderFacts } from '../domain/order.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { OrderConfig } from '../order.config.ts';
import { Database } from './database.ts';
import { type StoredOrder, toRow } from './order-shapes.ts';

@Injectable()
export class OrderStore extends ReplicatedStore {
  /** Tells that an order was written of which this region has money to give back. */
  readonly refunds = new EventEmitter<{ due: [] }>();

  constructor(
    private readonly database: Database,
    private readonly config: OrderConfig,
  ) {
    super();
  }

  get pool(): Database['pool'] {
    return this.database.pool;
  }

  /** What this region knows of an order; version 0 when that is nothing. */
  async find(id: string): Promise<StoredOrder> {
    const row = await this.database.order.findUnique({ where: { id }, select: { state: true, version: true } });
    return row
      ? { id, facts: row.state as unknown as OrderFacts, version: row.version }
      : { id, facts: {}, version: 0 };
  }

  /**
   * The only write of a command: the row and its events, in one statement, so that neither can be without the other.
   * False when the row is no longer the version that was decided on; then nothing is written.
   */
  async commit(order: StoredOrder, events: OutboxRow[]): Promise<boolean> {
    const row = toRow(order, this.config.region);
    const [result] = await this.database.$queryRaw<[{ written: number }]>`
      WITH written AS (${upsert(row, order.version)}),
      told AS (SELECT ${JSON.stringify(events)}::jsonb AS events FROM written),
      appended AS (${APPEND_TOLD})
      SELECT count(*)::int AS written FROM written`;
    return this.written(result, row);
  }

  /**
   * The only write of a remote event: the joined row, the inbox entry, and the events that this region adds to what it was
   * told, in one statement, with what the join discarded. False as for `commit`.
   */
  async commitRemote(
    order: StoredOrder,
    events: OutboxRow[],
    { source, sequence }: Origin,
    conflicts: readonly ConflictRow[],
  ): Promise<boolean> {
    const row = toRow(order, this.config.region);
    const [result] = await this.database.$queryRaw<[{ written: number }]>`
      WITH written AS (${upsert(row, order.version)}),
      told AS (SELECT ${JSON.stringify(events)}::jsonb AS events FROM written),
      appended AS (${APPEND_TOLD}),
      discarded AS (SELECT ${JSON.stringify(conflicts)}::jsonb AS conflicts FROM written),
      kept AS (${KEEP_DISCARDED}),
      origin AS (SELECT ${source}::text AS source, ${sequence}::bigint AS sequence FROM written),
      noted AS (${NOTE_ORIGIN})
      SELECT count(*)::int AS written FROM written`;
    return this.written(result, row);
  }

  /**
   * Orders of which this region has money to give back, a page at a time in the order of ids. Not by a parameter as Prisma
   * would ask (`refund_due = $1`): a plan made for any value of it could not use the index of those that are due alone.
   */
  async findRefundsDue(after: string | undefined, limit: number): Promise<StoredOrder[]> {
    const rows = await this.database.$queryRaw<{ id: string; state: OrderFacts; version: number }[]>`
      SELECT id::text, state, version FROM orders
      WHERE refund_due AND id > ${after ?? NIL}::uuid
      ORDER BY orders.id LIMIT ${limit}::int`;
    return rows.map(({ id, state, version }) => ({ id, facts: state, version }));
  }

  /**
   * Notes a remote event that said nothing new, and what it lost: the later of two tellings changes no row and is a
   * conflict all the same. False when it was noted before: it came twice.
   */
  async noteRemote({ source, sequence }: Origin, conflicts: readonly ConflictRow[]): Promise<boolean> {
    const [result] = await this.database.$queryRaw<[{ noted: number }]>`
      WITH origin AS (SELECT ${source}::text AS source, ${sequence}::bigint AS sequence),
      discarded AS (SELECT ${JSON.stringify(conflicts)}::jsonb AS conflicts),
      kept AS (${KEEP_DISCARDED}),
      noted AS (${NOTE_ORIGIN} RETURNING sequence)
      SELECT count(*)::int AS noted FROM noted`;
    return result.noted === 1;
  }

  /** Equal in two regions when they hold the same orders in the same state. */
  async digest(): Promise<{ aggregates: number; digest: string }> {
    const [result] = await this.database.$queryRaw<[{ aggregates: number; digest: string }]>`
      SELECT count(*)::int AS aggregates,
             md5(coalesce(string_agg(md5(id::text || state::text), '' ORDER BY id), '')) AS digest
      FROM orders`;
    return result;
  }

  /** Where the clock must go on from after a restart. */
  async latestHlc(): Promise<string | undefined> {
    const [result] = await this.database.$queryRaw<[{ hlc: string | null }]>`SELECT max(hlc) AS hlc FROM orders`;
    return result.hlc ?? undefined;
  }

  private written({ written }: { written: number }, row: OrderRow): boolean {
    if (written === 1 && row.refundDue) this.refunds.emit('due');
    return written === 1;
  }
}

type OrderRow = ReturnType<typeof toRow>;

/** Below every id of an order. */
const NIL = '00000000-0000-0000-0000-000000000000';

const APPEND_TOLD = Prisma.raw(appendToOutboxSql({ rows: 'told.events', from: 'told' }));
const NOTE_ORIGIN = Prisma.raw(
  noteAppliedSql({ source: 'origin.source', sequence: 'origin.sequence', from: 'origin' }),
);
const KEEP_DISCARDED = Prisma.raw(insertConflictsSql({ rows: 'discarded.conflicts', from: 'discarded' }));

function upsert({ id, state, hlc, status, customerId, refundDue }: OrderRow, version: number): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO orders AS known (id, state, hlc, status, customer_id, refund_due, version)
    VALUES (${id}::uuid, ${state}::jsonb, ${hlc}, ${status}, ${customerId}::uuid, ${refundDue}, ${version + 1}::int)
    ON CONFLICT (id) DO UPDATE
      SET state = excluded.state, hlc = excluded.hlc, status = excluded.status, customer_id = excluded.customer_id,
          refund_due = excluded.refund_due, version = excluded.version
      WHERE known.version = ${version}::int
    RETURNING id`;
}
