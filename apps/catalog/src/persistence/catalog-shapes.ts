import { NO_DEPS, type RowDeps } from '@meridian/consistency';
import { type ProductDelta, type ProductResponse, type StockResponse, TOPICS } from '@meridian/contracts';
import { totalRights } from '@meridian/crdt';
import { type Hlc, latestHlcOf, parseHlc } from '@meridian/hlc';
import type { OutboxRow } from '@meridian/outbox';
import { currentTraceparent } from '@meridian/telemetry';
import { escrowOf, regionsOf, rightsIn } from '../domain/escrow.ts';
import { type Product, productOf } from '../domain/product.ts';
import { join, latestHlc, NOTHING, type ProductState } from '../domain/product-state.ts';
import type { Reservation, ReservedLine } from '../domain/reserve.ts';

/** The three shapes of a product and of a reservation (contract, domain, row), and every way from one to another. */

export interface StoredProduct {
  sku: string;
  state: ProductState;
  /** Of the row that was read; 0 when there is none. */
  version: number;
  /** The reading of the latest write of the row; counters alone hold none in their state. */
  hlc?: Hlc;
  /** What it comes from, for session tokens. */
  deps: RowDeps;
}

/** What is known of a product of which there is no row. */
export const ABSENT = { state: NOTHING, version: 0, deps: NO_DEPS };

/** A product that can be shown. */
export interface KnownProduct {
  sku: string;
  state: ProductState;
  product: Extract<Product, { known: true }>;
}

/** A reservation that is to be written. */
export interface Reserving {
  orderId: string;
  askedBy: string;
  lines: ReservedLine[];
}

export interface ReservationRow {
  order_id: string;
  asked_by: string;
  sku: string;
  quantity: number;
  unit_price_minor: number;
  currency: ReservedLine['unitPrice']['currency'];
  released: boolean;
}

export function toKnown({ sku, state }: Pick<StoredProduct, 'sku' | 'state'>): KnownProduct | undefined {
  const product = productOf(state);
  return product.known ? { sku, state, product } : undefined;
}

/** The products that have a delta, with it joined in. */
export function joinInto(products: StoredProduct[], deltas: Record<string, ProductState>): StoredProduct[] {
  return products.flatMap((product) => {
    const delta = deltas[product.sku];
    return delta ? [{ ...product, state: join(product.state, delta) }] : [];
  });
}

/** `written` is the reading of the write: counters hold none. */
export function toRow({ sku, state, version }: StoredProduct, region: string, written: Hlc) {
  const product = productOf(state);
  return {
    sku,
    state,
    hlc: latestHlcOf([written, latestHlc(state) ?? written]),
    known: product.known,
    tags: product.known ? product.tags : [],
    available: rightsIn(region, state),
    version,
  };
}

export function toReservationRows({ orderId, askedBy, lines }: Reserving): Omit<ReservationRow, 'released'>[] {
  return lines.map(({ sku, quantity, unitPrice: { amountMinor, currency } }) => {
    return { order_id: orderId, asked_by: askedBy, sku, quantity, unit_price_minor: amountMinor, currency };
  });
}

export function toReservations(rows: ReservationRow[]): Reservation[] {
  return [...Map.groupBy(rows, ({ asked_by }) => asked_by)].map(([askedBy, of]) => ({
    askedBy,
    lines: of.map(({ sku, quantity, unit_price_minor, currency }) => {
      return { sku, quantity, unitPrice: { amountMinor: unit_price_minor, currency } };
    }),
    released: of.some((row) => row.released),
  }));
}

export type ProductEvent = 'created' | 'changed' | 'stock-changed' | 'counted';

interface Written {
  sku: string;
  /** Before the write. */
  state: ProductState;
  delta: ProductState;
  hlc: Hlc;
  traceparent: string | undefined;
}

/** The part of a product that a write touched, as an event. */
export function toEvent(type: ProductEvent, { sku, state, delta, hlc, traceparent }: Written): OutboxRow {
  const value: ProductDelta = { sku, ...readableByFirstVersion(delta, state) };
  return { topic: TOPICS.products, key: sku, type: `meridian.product.${type}.v1`, hlc, traceparent, value };
}

/** What each delta says of the stock of its product, as events. */
export function toStockEvents(products: StoredProduct[], deltas: Record<string, ProductState>, hlc: Hlc): OutboxRow[] {
  const traceparent = currentTraceparent();
  return products.flatMap(({ sku, state }) => {
    const delta = deltas[sku];
    return delta ? [toEvent('stock-changed', { sku, state, delta, hlc, traceparent })] : [];
  });
}

/** A region of the first version takes an event without any register for poison. The name again changes nothing. */
function readableByFirstVersion(delta: ProductState, { fields: { name } }: ProductState): ProductState {
  const hasRegister = Object.keys(delta.fields).length + Object.keys(delta.stock).length > 0;
  return hasRegister || !name ? delta : { ...delta, fields: { name } };
}

export function toProductResponse({ sku, state, product }: KnownProduct, region: string): ProductResponse {
  const { name, price, priceConflict, tags, views, likes } = product;
  const available = rightsIn(region, state);
  return {
    ...{ sku, name, price, tags, views, likes, available },
    priceConflict: priceConflict.map(({ value, hlc }) => ({ price: value, region: parseHlc(hlc).region, hlc })),
    availableElsewhere: Math.max(0, totalRights(escrowOf(state)) - available),
  };
}

export function toStockResponse({ sku, state }: KnownProduct): StockResponse {
  const escrow = escrowOf(state);
  const accounts = regionsOf(state).map((region) => {
    const moved = (which: 0 | 1) =>
      Object.entries(escrow.moved)
        .filter(([handover]) => handover.split('>')[which] === region)
        .reduce((sum, [, units]) => sum + units, 0);
    const account = {
      rights: rightsIn(region, state),
      granted: escrow.granted[region] ?? 0,
      spent: escrow.spent[region] ?? 0,
      refunded: escrow.refunded[region] ?? 0,
      received: moved(1),
      handedOver: moved(0),
    };
    return [region, account] as const;
  });
  const byRegion = accounts.map(([region, { rights }]) => [region, Math.max(0, rights)]);
  return {
    sku,
    total: Math.max(0, totalRights(escrow)),
    byRegion: Object.fromEntries(byRegion),
    accounts: Object.fromEntries(accounts),
  };
}
