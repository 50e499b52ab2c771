import { EventEmitter } from 'node:events';
import { type ConflictRow, insertConflictsSql } from '@meridian/conflicts';
import { NO_DEPS, type RowDeps } from '@meridian/consistency';
import { TOPICS } from '@meridian/contracts';
import { NOTED, noteAppliedSql, noteTogetherSql, type Origin } from '@meridian/inbox';
import { appendToOutboxSql, type OutboxRow } from '@meridian/outbox';
import { ReplicatedStore, type ReplicatedTable, type Self, type Written } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { OrderFacts } from '../domain/order.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { OrderConfig } from '../order.config.ts';
import { Database } from './database.ts';
import { type StoredOrder, toRow } from './order-shapes.ts';

/** What a remote event brings with it. */
export interface Beside {
  /** That this region adds to what it was told, as `toldOn` makes them. */
  events: readonly OutboxRow[];
  conflicts: readonly ConflictRow[];
}

@Injectable()
export class OrderStore extends ReplicatedStore {
  readonly table: ReplicatedTable = {
    name: 'orders',
    id: { column: 'id', type: 'uuid' },
    aggregate: 'order',
    topic: TOPICS.orders,
    wholeValue: "jsonb_build_object('id', id, 'facts', state)",
  };

  /** Tells that an order was written of which this region has money to give back. */
  readonly refunds = new EventEmitter<{ due: [] }>();

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
   * False when the row is no longer the version that was decided on; then nothing is written. `endsPlacing` is the hash of
   * the request that it tells the outcome of: what was noted of its placing goes with it.
   */
  async commit(
    order: StoredOrder,
    events: OutboxRow[],
    { endsPlacing }: { endsPlacing: string | undefined } = { endsPlacing: undefined },
  ): Promise<boolean> {
    const row = toRow(order, this.config.region);
    const told = JSON.stringify(this.withDeps([order], events));
    const [result] = await this.database.$queryRaw<[{ written: number; tx: string }]>`
      WITH written AS (${upsert(row, order.version, this.depsOfWrite(order.deps, true))}),
      told AS (SELECT ${told}::jsonb AS events FROM written),
      ${endsPlacing === undefined ? Prisma.empty : endPlacing(order.id, endsPlacing)}
      appended AS (${APPEND_TOLD})
      SELECT count(*)::int AS written, pg_current_xact_id()::text AS tx FROM written`;
    if (result.written === 1) this.noteWrite(result.tx);
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
    const deps = this.depsOfWrite(order.deps, events.length > 0);
    const told = JSON.stringify(this.withDeps([order], events));
    const [result] = await this.database.$queryRaw<[{ written: number }]>`
      WITH written AS (${upsert(row, order.version, deps)}),
      told AS (SELECT ${told}::jsonb AS events FROM written),
      appended AS (${APPEND_TOLD}),
      discarded AS (SELECT ${JSON.stringify(conflicts)}::jsonb AS conflicts FROM written),
      kept AS (${KEEP_DISCARDED}),
      origin AS (SELECT ${source}::text AS source, ${sequence}::bigint AS sequence FROM written),
      noted AS (${NOTE_ORIGIN})
      SELECT count(*)::int AS written FROM written`;
    return this.written(result, row);
  }

  /** What is known of these orders, locked until the transaction ends. */
  async lock(client: pg.ClientBase, ids: readonly string[]): Promise<Map<string, StoredOrder>> {
    const { rows } = await client.query<StoredOrder>({
      name: 'lock-orders',
      text: 'SELECT id, state AS facts, version, deps FROM orders WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE',
      values: [ids],
    });
    const known = new Map(ids.map((id): [string, StoredOrder] => [id, { id, facts: {}, version: 0, deps: NO_DEPS }]));
    for (const row of rows) known.set(row.id, row);
    return known;
  }

  /** The events that follow from a remote one for this order, as `commitTogether` appends them. */
  toldOn(order: StoredOrder, events: readonly OutboxRow[]): readonly OutboxRow[] {
    return this.withDeps([order], events);
  }

  /**
   * The only write of several remote events, of orders that are locked: as `commitRemote`, and all or nothing. Who calls it
   * says `refundsMayBeDue` once it is committed.
   */
  async commitTogether(
    client: pg.ClientBase,
    { rows, beside, origins }: Written<StoredOrder, Beside>,
  ): Promise<readonly Origin[]> {
    const { region } = this.config;
    const events = beside.flatMap((one) => one.events);
    const told = new Set(events.map(({ key }) => key));
    const orders = rows.map((order) => {
      const { version, deps, facts, id } = order;
      return { ...toRow(order, region), state: facts, version, deps, writer: told.has(id) ? region : null };
    });
    const { text, values } = Prisma.sql`
      WITH wanted AS (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(orders)}::jsonb)
          AS row (id uuid, state jsonb, hlc text, status text, "customerId" uuid, "refundDue" boolean, version int,
                  deps jsonb, writer text)
      ),
      written AS (
        INSERT INTO orders AS known (id, state, hlc, status, customer_id, refund_due, version, deps)
        SELECT id, state, hlc, status, "customerId", "refundDue", version + 1, with_own_write(deps, writer)
        FROM wanted ORDER BY id
        ON CONFLICT (id) DO UPDATE
          SET state = excluded.state, hlc = excluded.hlc, status = excluded.status, customer_id = excluded.customer_id,
              refund_due = excluded.refund_due, version = excluded.version, deps = excluded.deps
          WHERE known.version = excluded.version - 1
        RETURNING id
      ),
      told_on AS (SELECT ${JSON.stringify(events)}::jsonb AS events),
      appended AS (${APPEND_TOLD_ON}),
      discarded AS (SELECT ${JSON.stringify(beside.flatMap(({ conflicts }) => conflicts))}::jsonb AS conflicts),
      kept AS (${KEEP_DISCARDED}),
      heard AS (SELECT ${JSON.stringify(origins)}::jsonb AS origins),
      ${NOTE_TOGETHER}
      SELECT (SELECT count(*) FROM written)::int AS written, ${NOTED_NEW} AS noted`;
    const [result] = (await client.query<{ written: number; noted: Origin[] }>({ name: 'join-orders', text, values }))
      .rows;
    if (result?.written !== orders.length) throw new Error('an order was written meanwhile of which nothing was known');
    return result.noted;
  }

  /** Of these orders, which are committed. */
  refundsMayBeDue(orders: readonly StoredOrder[]): void {
    if (orders.some((order) => toRow(order, this.config.region).refundDue)) this.refunds.emit('due');
  }

  /**
   * Orders of which this region has money to give back, a page at a time in the order of ids. Not by a parameter as Prisma
   * would ask (`refund_due = $1`): a plan made for any value of it could not use the index of those that are due alone.
   */
  async findRefundsDue(after: string | undefined, limit: number): Promise<StoredOrder[]> {
    const rows = await this.database.$queryRaw<{ id: string; state: OrderFacts; version: number; deps: RowDeps }[]>`
      SELECT id::text, state, version, deps FROM orders
      WHERE refund_due AND id > ${after ?? NIL}::uuid
      ORDER BY orders.id LIMIT ${limit}::int`;
    return rows.map(({ id, state, version, deps }) => ({ id, facts: state, version, deps }));
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
const APPEND_TOLD_ON = Prisma.raw(appendToOutboxSql({ rows: 'told_on.events', from: 'told_on' }));
const NOTE_TOGETHER = Prisma.raw(noteTogetherSql({ rows: 'heard.origins', from: 'heard' }));
const NOTED_NEW = Prisma.raw(NOTED);
const KEEP_DISCARDED = Prisma.raw(insertConflictsSql({ rows: 'discarded.conflicts', from: 'discarded' }));

function endPlacing(orderId: string, requestHash: string): Prisma.Sql {
  return Prisma.sql`
      ended AS (
        DELETE FROM placing_attempts USING written
        WHERE order_id = ${orderId}::uuid AND request_hash = ${requestHash}
      ),`;
}

function upsert(
  { id, state, hlc, status, customerId, refundDue }: OrderRow,
  version: number,
  { deps, writer }: { deps: string; writer: string | null },
): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO orders AS known (id, state, hlc, status, customer_id, refund_due, version, deps)
    VALUES (${id}::uuid, ${state}::jsonb, ${hlc}, ${status}, ${customerId}::uuid, ${refundDue}, ${version + 1}::int,
            with_own_write(${deps}::jsonb, ${writer}))
    ON CONFLICT (id) DO UPDATE
      SET state = excluded.state, hlc = excluded.hlc, status = excluded.status, customer_id = excluded.customer_id,
          refund_due = excluded.refund_due, version = excluded.version, deps = excluded.deps
      WHERE known.version = ${version}::int
    RETURNING id`;
}
