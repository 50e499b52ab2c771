import type { RowDeps } from '@meridian/consistency';
import { TOPICS } from '@meridian/contracts';
import { noteApplied, noteAppliedSql, type Origin } from '@meridian/inbox';
import { appendToOutboxSql, type OutboxRow } from '@meridian/outbox';
import { ReplicatedStore, type ReplicatedTable, type Self } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import { CatalogConfig } from '../catalog.config.ts';
import type { ProductState } from '../domain/product-state.ts';
import type { Reservation } from '../domain/reserve.ts';
import { Prisma } from '../generated/prisma/client.ts';
import {
  ABSENT,
  type ReservationRow,
  type StoredProduct,
  toReservationRows,
  toReservations,
  toRow,
} from './catalog-shapes.ts';
import { type Change, keepConflicts, noteRestocking } from './change.ts';
import { Database } from './database.ts';

/** What is known of the reservations of an order. */
export interface OrderKnown {
  /** All that this region holds, or held, of it, one for each region that placed it. */
  reservations: Reservation[];
  /** The region that may hold the reservation instead that this region's placing asked for. */
  forwardedTo: string | undefined;
}

export interface FoundForOrder extends OrderKnown {
  products: StoredProduct[];
}

export interface FoundForOrders {
  products: StoredProduct[];
  order(id: string): OrderKnown;
}

const APPEND_TOLD = Prisma.raw(appendToOutboxSql({ rows: 'told.events', from: 'told' }));
const NOTE_ORIGIN = Prisma.raw(
  noteAppliedSql({ source: 'origin.source', sequence: 'origin.sequence', from: 'origin' }),
);

@Injectable()
export class CatalogStore extends ReplicatedStore {
  readonly table: ReplicatedTable = {
    name: 'products',
    id: { column: 'sku', type: 'text' },
    aggregate: 'product',
    topic: TOPICS.products,
    wholeValue: "jsonb_build_object('sku', sku) || state",
  };

  constructor(
    private readonly database: Database,
    private readonly config: CatalogConfig,
  ) {
    super();
  }

  get self(): Self {
    return { service: 'catalog', region: this.config.region };
  }

  get pool(): Database['pool'] {
    return this.database.pool;
  }

  /** What this region knows of a product; version 0 when that is nothing. */
  findOne(sku: string): Promise<StoredProduct> {
    const select = { state: true, version: true, hlc: true, deps: true };
    return this.readSettled(
      async () => {
        const row = await this.database.product.findUnique({ where: { sku }, select });
        if (!row) return { sku, ...ABSENT };
        const { version, hlc } = row;
        return { sku, state: row.state as unknown as ProductState, version, hlc, deps: row.deps as unknown as RowDeps };
      },
      (product) => [product],
    );
  }

  /** Products and what is known of the reservations of an order, as of one moment. */
  findWithReservations(orderId: string, skus: string[] = []): Promise<FoundForOrder> {
    return this.readSettled(
      async () => {
        const { products, order } = await this.findForOrders([orderId], skus);
        return { products, ...order(orderId) };
      },
      ({ products }) => products,
    );
  }

  /** As `findWithReservations`, of several orders. That they were seen, each of them is to note (`noteSeen`). */
  async findForOrders(orderIds: string[], skus: string[]): Promise<FoundForOrders> {
    const [found] = await this.database.$queryRaw<
      [
        {
          products: Record<string, Omit<StoredProduct, 'sku'>> | null;
          reserved: ReservationRow[] | null;
          forwarded: Record<string, string> | null;
        },
      ]
    >`
      SELECT (SELECT jsonb_object_agg(sku, jsonb_build_object('state', state, 'version', version, 'hlc', hlc, 'deps', deps))
              FROM products WHERE sku = ANY (${skus}::text[])) AS products,
             (SELECT jsonb_agg(jsonb_build_object('order_id', order_id, 'asked_by', asked_by, 'sku', sku, 'quantity', quantity,
                                                  'released', released_at IS NOT NULL, 'unit_price_minor', unit_price_minor, 'currency', currency))
              FROM reservations WHERE order_id = ANY (${orderIds}::uuid[])) AS reserved,
             (SELECT jsonb_object_agg(order_id, region)
              FROM forwarded_reservations WHERE order_id = ANY (${orderIds}::uuid[])) AS forwarded`;
    const reserved = Map.groupBy(found.reserved ?? [], ({ order_id }) => order_id);
    return {
      products: skus.map((sku) => ({ sku, ...(found.products?.[sku] ?? ABSENT) })),
      order: (id) => ({ reservations: toReservations(reserved.get(id) ?? []), forwardedTo: found.forwarded?.[id] }),
    };
  }

  /** Before it is forwarded, as afterwards it may be reserved there, whatever is heard of it. */
  async noteForwarded(orderId: string, region: string): Promise<void> {
    await this.database.forwardedReservation.create({ data: { orderId, region } });
  }

  /** Once it is certain that nothing is reserved there. */
  async forgetForwarded(orderId: string): Promise<void> {
    await this.database.forwardedReservation.delete({ where: { orderId } });
  }

  /** The units of an earlier restocking with this key. */
  async findRestocking(sku: string, key: string): Promise<number | undefined> {
    const row = await this.database.restocking.findUnique({
      where: { sku_key: { sku, key } },
      select: { units: true },
    });
    return row?.units;
  }

  /** Known products in the order of their SKUs. */
  list(page: {
    limit: number;
    after?: string;
    tag?: string;
  }): Promise<{ sku: string; state: ProductState; deps: RowDeps }[]> {
    return this.readSettled(
      () => this.readPage(page),
      (products) => products,
    );
  }

  private async readPage(page: { limit: number; after?: string; tag?: string }) {
    const rows = await this.database.product.findMany({
      where: {
        known: true,
        ...(page.after !== undefined && { sku: { gt: page.after } }),
        ...(page.tag !== undefined && { tags: { has: page.tag } }),
      },
      orderBy: { sku: 'asc' },
      take: page.limit,
      select: { sku: true, state: true, deps: true },
    });
    return rows.map(({ sku, state, deps }) => {
      return { sku, state: state as unknown as ProductState, deps: deps as unknown as RowDeps };
    });
  }

  /** What a change writes. False, and nothing written, when a product is no longer the version that was decided on. */
  async commit(change: Change): Promise<boolean> {
    const { products, events = [] } = change;
    const transaction = await this.write({ ...change, ...this.authored(products, events) });
    if (transaction !== undefined && events.length > 0) this.noteWrite(transaction);
    return transaction !== undefined;
  }

  /**
   * The write of one author with what it comes from; to be called as that author, where several are committed together.
   * `products` are as they are to be written, but for their `deps`, which are those that were read.
   */
  authored(products: StoredProduct[], events: OutboxRow[]): { products: StoredProduct[]; events: OutboxRow[] } {
    const isTold = events.length > 0;
    return {
      products: products.map((product) => ({ ...product, deps: this.depsAfterWrite(product.deps, isTold) })),
      events: this.withDeps(products, events),
    };
  }

  /**
   * The only write: products, events, reservations and inbox entry in one statement. Returns the number of its transaction,
   * which each author is to note (`noteWrite`); undefined, and nothing is written, when a product is no longer the version
   * that was decided on. Rows are locked in the order of their SKUs, whatever the order of the lines, so that two orders
   * with the same products cannot wait for each other.
   */
  async write(change: Change): Promise<string | undefined> {
    const { products, hlc, events = [], reserve = [], release, origin } = change;
    const { region } = this.config;
    const writer = events.length > 0 ? region : null;
    const rows = JSON.stringify(
      products.map((product) => ({ ...toRow(product, region, hlc), deps: product.deps, writer })),
    );
    const told = JSON.stringify(events);
    const lines = JSON.stringify(reserve.flatMap(toReservationRows));
    const [result] = await this.database.$queryRaw<[{ done: boolean; tx: string }]>`
      WITH wanted AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(${rows}::jsonb)
          AS row (sku text, state jsonb, hlc text, known boolean, tags text[], available int, version int,
                  deps jsonb, writer text)
      ),
      held AS MATERIALIZED (
        SELECT product.sku FROM products AS product JOIN wanted USING (sku)
        WHERE product.version = wanted.version ORDER BY product.sku FOR UPDATE OF product
      ),
      written AS (
        INSERT INTO products AS product (sku, state, hlc, known, tags, available, version, deps)
        SELECT sku, state, hlc, known, tags, available, version + 1, with_own_write(deps, writer) FROM wanted
        WHERE (SELECT count(*) FROM held) = (SELECT count(*) FROM wanted WHERE version > 0)
        ORDER BY sku
        ON CONFLICT (sku) DO UPDATE
          SET state = excluded.state, hlc = greatest(product.hlc, excluded.hlc), known = excluded.known, tags = excluded.tags,
              available = excluded.available, version = excluded.version, deps = excluded.deps
          WHERE product.version = excluded.version - 1
        RETURNING sku
      ),
      done AS MATERIALIZED (
        SELECT (SELECT count(*) FROM written) = (SELECT count(*) FROM wanted) AS done
      ),
      told AS (SELECT ${told}::jsonb AS events FROM done WHERE done),
      appended AS (${APPEND_TOLD}),
      reserved AS (
        INSERT INTO reservations (order_id, asked_by, sku, quantity, unit_price_minor, currency)
        SELECT line.order_id, line.asked_by, line.sku, line.quantity, line.unit_price_minor, line.currency
        FROM done, jsonb_to_recordset(${lines}::jsonb)
          AS line (order_id uuid, asked_by text, sku text, quantity int, unit_price_minor int, currency text)
        WHERE done
      ),
      released AS (
        UPDATE reservations SET released_at = clock_timestamp() FROM done
        WHERE done AND order_id = ${release?.orderId ?? null}::uuid AND asked_by = ANY (${release?.askedBy ?? []}::text[])
          AND released_at IS NULL
      ),
      ${noteRestocking(change)}
      ${keepConflicts(change)}
      origin AS (
        SELECT ${origin?.source ?? null}::text AS source, ${origin?.sequence ?? null}::bigint AS sequence
        FROM done WHERE done AND ${origin !== undefined}::boolean
      ),
      noted AS (${NOTE_ORIGIN})
      SELECT done, pg_current_xact_id()::text AS tx FROM done`;
    return result.done ? result.tx : undefined;
  }

  /** Notes a remote event that said nothing new. False when it was noted before: it came twice. */
  noteRemote(origin: Origin): Promise<boolean> {
    return noteApplied(this.pool, origin);
  }

  /** Of which this region holds units. */
  async skusForSale(): Promise<string[]> {
    const found = await this.database.product.findMany({ where: { available: { gt: 0 } }, select: { sku: true } });
    return found.map(({ sku }) => sku);
  }

  /** Where the clock must go on from after a restart. */
  async latestHlc(): Promise<string | undefined> {
    const [result] = await this.database.$queryRaw<[{ hlc: string | null }]>`SELECT max(hlc) AS hlc FROM products`;
    return result.hlc ?? undefined;
  }
}
