import type { RowDeps } from '@meridian/consistency';
import { type ProductDelta, type ProductResponse, type StockResponse, TOPICS } from '@meridian/contracts';
import type { OutboxRow } from '@meridian/outbox';
import { join, latestHlc, type Product, type ProductState, productOf, unitsIn } from '../domain/product.ts';
import type { Reservation, ReservedLine } from '../domain/reserve.ts';

/** The three shapes of a product and of a reservation (contract, domain, row), and every way from one to another. */

export interface StoredProduct {
  sku: string;
  state: ProductState;
  /** Of the row that was read; 0 when there is none. */
  version: number;
  /** What it comes from, for session tokens. */
  deps: RowDeps;
}

export type KnownProduct = Extract<Product, { known: true }>;

export interface ReservationRow {
  sku: string;
  quantity: number;
  unit_price_minor: number;
  currency: ReservedLine['unitPrice']['currency'];
  released: boolean;
}

/** The products that have a delta, with it joined in. */
export function joinInto(products: StoredProduct[], deltas: Record<string, ProductState>): StoredProduct[] {
  return products.flatMap((product) => {
    const delta = deltas[product.sku];
    return delta ? [{ ...product, state: join(product.state, delta) }] : [];
  });
}

export function toRow({ sku, state, version }: StoredProduct, region: string) {
  return {
    sku,
    state,
    hlc: latestHlc(state),
    known: productOf(state).known,
    tags: state.fields.tags?.value ?? [],
    available: unitsIn(region, state),
    version,
  };
}

export function toReservationRow({ sku, quantity, unitPrice }: ReservedLine): Omit<ReservationRow, 'released'> {
  return { sku, quantity, unit_price_minor: unitPrice.amountMinor, currency: unitPrice.currency };
}

export function toReservation(rows: ReservationRow[]): Reservation | undefined {
  if (rows.length === 0) return undefined;
  return {
    lines: rows.map(({ sku, quantity, unit_price_minor, currency }) => {
      return { sku, quantity, unitPrice: { amountMinor: unit_price_minor, currency } };
    }),
    released: rows.some((row) => row.released),
  };
}

export type ProductEvent = 'created' | 'changed' | 'stock-changed';

/** The part of a product that a write touched, as an event. */
export function toEvent(
  sku: string,
  type: ProductEvent,
  delta: ProductState,
  traceparent: string | undefined,
): OutboxRow {
  const value: ProductDelta = { sku, ...delta };
  return {
    topic: TOPICS.products,
    key: sku,
    type: `meridian.product.${type}.v1`,
    hlc: latestHlc(delta),
    traceparent,
    value,
  };
}

export function toProductResponse(sku: string, product: KnownProduct, region: string): ProductResponse {
  const { name, price, tags, unitsByRegion } = product;
  return { sku, name, price, tags, available: unitsByRegion[region] ?? 0 };
}

export function toStockResponse(sku: string, { unitsByRegion }: KnownProduct): StockResponse {
  const total = Object.values(unitsByRegion).reduce((sum, units) => sum + units, 0);
  return { sku, total, byRegion: unitsByRegion };
}
