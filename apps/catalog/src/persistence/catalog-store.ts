import type { OutboxRow } from '@meridian/outbox';
import { Injectable } from '@nestjs/common';
import { NOTHING, type ProductState } from '../domain/product.ts';
import type { Reservation, ReservedLine } from '../domain/reserve.ts';
import { type ReservationRow, type StoredProduct, toReservation, toReservationRow, toRow } from './catalog-shapes.ts';
import { Database } from './database.ts';

/** Which event of which source a remote change is; for the inbox. */
export interface Origin {
  source: string;
  sequence: number;
}

/** What a write changes; all of it happens or nothing. */
export interface Change {
  products: StoredProduct[];
  events?: OutboxRow[];
  reserve?: { orderId: string; lines: ReservedLine[] };
  /** The order whose reservation ends. */
  release?: string;
  /** For a change that an event of Kafka asked for. */
  origin?: Origin;
}

@Injectable()
export class CatalogStore {
  constructor(
    private readonly database: Database,
    private readonly region: string,
  ) {}

  /** What this region knows of products; version 0 where that is nothing. */
  async find(skus: string[]): Promise<StoredProduct[]> {
    return (await this.findWithReservation(skus)).products;
  }

  /** The same with the reservation of an order, as of one moment. Without `skus`: the products of the reservation. */
  async findWithReservation(
    skus: string[] | undefined,
    orderId: string | null = null,
  ): Promise<{ products: StoredProduct[]; reservation: Reservation | undefined }> {
    const [found] = await this.database.$queryRaw<
      [{ products: Record<string, Omit<StoredProduct, 'sku'>> | null; reserved: ReservationRow[] | null }]
    >`
      WITH reserved AS (
        SELECT sku, quantity, unit_price_minor, currency, released_at IS NOT NULL AS released
        FROM reservations WHERE order_id = ${orderId}::uuid
      )
      SELECT (SELECT jsonb_agg(to_jsonb(reserved)) FROM reserved) AS reserved,
             (SELECT jsonb_object_agg(sku, jsonb_build_object('state', state, 'version', version)) FROM products
              WHERE sku = ANY (coalesce(${skus ?? null}::text[], (SELECT array_agg(sku) FROM reserved)))) AS products`;
    const reservation = toReservation(found.reserved ?? []);
    const wanted = skus ?? reservation?.lines.map((line) => line.sku) ?? [];
    const products = wanted.map((sku) => ({ sku, ...(found.products?.[sku] ?? { state: NOTHING, version: 0 }) }));
    return { products, reservation };
  }

  /** Known products in the order of their SKUs. */
  async list(page: { limit: number; after?: string; tag?: string }): Promise<{ sku: string; state: ProductState }[]> {
    const rows = await this.database.product.findMany({
      where: {
        known: true,
        ...(page.after !== undefined && { sku: { gt: page.after } }),
        ...(page.tag !== undefined && { tags: { has: page.tag } }),
      },
      orderBy: { sku: 'asc' },
      take: page.limit,
      select: { sku: true, state: true },
    });
    return rows.map(({ sku, state }) => ({ sku, state: state as unknown as ProductState }));
  }

  /**
   * The only write: products, events, reservation and inbox entry in one statement. False, and nothing written, when a
   * product is no longer the version that was decided on. Rows are locked in the order of their SKUs, whatever the order
   * of the lines, so that two orders with the same products cannot wait for each other.
   */
  async commit({ products, events = [], reserve, release = undefined, origin }: Change): Promise<boolean> {
    const rows = JSON.stringify(products.map((product) => toRow(product, this.region)));
    const lines = JSON.stringify(reserve?.lines.map(toReservationRow) ?? []);
    const [result] = await this.database.$queryRaw<[{ done: boolean }]>`
      WITH wanted AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(${rows}::jsonb)
          AS row (sku text, state jsonb, hlc text, known boolean, tags text[], available int, version int)
      ),
      held AS MATERIALIZED (
        SELECT product.sku FROM products AS product JOIN wanted USING (sku)
        WHERE product.version = wanted.version ORDER BY product.sku FOR UPDATE OF product
      ),
      written AS (
        INSERT INTO products AS product (sku, state, hlc, known, tags, available, version)
        SELECT sku, state, hlc, known, tags, available, version + 1 FROM wanted
        WHERE (SELECT count(*) FROM held) = (SELECT count(*) FROM wanted WHERE version > 0)
        ORDER BY sku
        ON CONFLICT (sku) DO UPDATE
          SET state = excluded.state, hlc = excluded.hlc, known = excluded.known, tags = excluded.tags,
              available = excluded.available, version = excluded.version
          WHERE product.version = excluded.version - 1
        RETURNING sku
      ),
      done AS MATERIALIZED (
        SELECT (SELECT count(*) FROM written) = (SELECT count(*) FROM wanted) AS done
      ),
      appended AS (
        INSERT INTO outbox (topic, key, type, hlc, traceparent, value)
        SELECT event.topic, event.key, event.type, event.hlc, event.traceparent, event.value
        FROM done, jsonb_to_recordset(${JSON.stringify(events)}::jsonb)
          AS event (topic text, key text, type text, hlc text, traceparent text, value jsonb)
        WHERE done
      ),
      reserved AS (
        INSERT INTO reservations (order_id, sku, quantity, unit_price_minor, currency)
        SELECT ${reserve?.orderId ?? null}::uuid, line.sku, line.quantity, line.unit_price_minor, line.currency
        FROM done, jsonb_to_recordset(${lines}::jsonb)
          AS line (sku text, quantity int, unit_price_minor int, currency text)
        WHERE done
      ),
      released AS (
        UPDATE reservations SET released_at = clock_timestamp() FROM done
        WHERE done AND order_id = ${release ?? null}::uuid AND released_at IS NULL
      ),
      noted AS (
        INSERT INTO inbox (source, sequence)
        SELECT ${origin?.source ?? null}::text, ${origin?.sequence ?? null}::bigint FROM done
        WHERE done AND ${origin !== undefined}::boolean
        ON CONFLICT DO NOTHING
      )
      SELECT done FROM done`;
    return result.done;
  }

  /** Equal in two regions when they hold the same products in the same state. */
  async digest(): Promise<{ aggregates: number; digest: string }> {
    const [result] = await this.database.$queryRaw<[{ aggregates: number; digest: string }]>`
      SELECT count(*)::int AS aggregates,
             md5(coalesce(string_agg(md5(sku || state::text), '' ORDER BY sku), '')) AS digest
      FROM products`;
    return result;
  }

  /** Where the clock must go on from after a restart. */
  async latestHlc(): Promise<string | undefined> {
    const [result] = await this.database.$queryRaw<[{ hlc: string | null }]>`SELECT max(hlc) AS hlc FROM products`;
    return result.hlc ?? undefined;
  }
}
