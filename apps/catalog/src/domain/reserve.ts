import { giveBack, rightsIn, type Stamp, takeUnits } from './escrow.ts';
import { productOf } from './product.ts';
import { type Money, NOTHING, type ProductState } from './product-state.ts';

/** Reserving and releasing: the units of an order leave the stock of one region, all of them or none, and come back once. */

export interface Line {
  sku: string;
  quantity: number;
}
export interface ReservedLine extends Line {
  unitPrice: Money;
}
/**
 * Units of one placing of an order. `askedBy` is the region that placed it, which borrows them when that is another one than
 * holds them. Of a version that kept one reservation per order it is not known whose it is: `ANYBODY`.
 */
export interface Reservation {
  askedBy: string;
  lines: ReservedLine[];
  released: boolean;
}
export const ANYBODY = '';

/** The one that answers to a placing of `region`. */
export function reservationOf(region: string, held: Reservation[]): Reservation | undefined {
  return held.find(({ askedBy }) => askedBy === region) ?? held.find(({ askedBy }) => askedBy === ANYBODY);
}

/** A line that this region holds too few units for. */
export interface ShortLine extends Line {
  held: number;
}

export type ReservationRefusal =
  | { reason: 'UnknownSku'; skus: string[] }
  | { reason: 'InsufficientStock'; short: ShortLine[] }
  | { reason: 'MixedCurrencies' | 'TotalTooLarge' | 'KeyReused' | 'Released' };

export type ReservationDecision =
  | { ok: true; lines: ReservedLine[]; deltas: Record<string, ProductState> }
  | ({ ok: false } & ReservationRefusal);

interface Known {
  products: Record<string, ProductState>;
  /** An earlier one of the same placing. */
  reservation: Reservation | undefined;
  /** In minor units; an order above it could not be told to other regions. */
  maxTotal: number;
}

export function reserve(lines: Line[], { products, reservation, maxTotal }: Known, stamp: Stamp): ReservationDecision {
  if (reservation) return repeat(lines, reservation);

  const found = lines.map((line) => {
    const state = products[line.sku] ?? NOTHING;
    return { ...line, state, product: productOf(state) };
  });
  const unknown = found.filter(({ product }) => !product.known).map(({ sku }) => sku);
  if (unknown.length > 0) return { ok: false, reason: 'UnknownSku', skus: unknown };

  const priced = found.flatMap(({ sku, quantity, product }) =>
    product.known ? [{ sku, quantity, unitPrice: product.price }] : [],
  );
  if (new Set(priced.map((line) => line.unitPrice.currency)).size > 1) return { ok: false, reason: 'MixedCurrencies' };
  const total = priced.reduce((sum, line) => sum + line.quantity * line.unitPrice.amountMinor, 0);
  if (total > maxTotal) return { ok: false, reason: 'TotalTooLarge' };

  // Last of all, as a shortage is a reason to ask other regions, and nothing above is cured by that.
  const short: ShortLine[] = [];
  const deltas = new Map<string, ProductState>();
  for (const { sku, quantity, state } of found) {
    const delta = takeUnits(state, quantity, stamp);
    if (delta) deltas.set(sku, delta);
    else short.push({ sku, quantity, held: rightsIn(stamp.region, state) });
  }
  if (short.length > 0) return { ok: false, reason: 'InsufficientStock', short };
  return { ok: true, lines: priced, deltas: Object.fromEntries(deltas) };
}

/** An order asks again when its own commit failed after the reservation: it gets the same lines at the same prices. */
function repeat(lines: Line[], { lines: reserved, released }: Reservation): ReservationDecision {
  const same =
    lines.length === reserved.length &&
    lines.every(({ sku, quantity }) => reserved.some((r) => r.sku === sku && r.quantity === quantity));
  if (!same) return { ok: false, reason: 'KeyReused' };
  if (released) return { ok: false, reason: 'Released' };
  return { ok: true, lines: lines.flatMap(({ sku }) => reserved.filter((r) => r.sku === sku)), deltas: {} };
}

/** What asks for units back: the order is cancelled, or it does not need what was reserved for these placings of it. */
export interface Ended {
  cancelled: boolean;
  surplus: { reservedIn: string; region: string }[];
}

/** Of the reservations that `region` holds for an order those that end by it. Each ends once. */
export function reservationsToRelease(
  held: Reservation[],
  { cancelled, surplus }: Ended,
  region: string,
): Reservation[] {
  const isSurplus = ({ askedBy }: Reservation) =>
    surplus.some((s) => (askedBy === ANYBODY ? s.reservedIn === region : s.region === askedBy));
  return held.filter((reservation) => !reservation.released && (cancelled || isSurplus(reservation)));
}

/** Gives the units of reservations back that are not needed any more. Nothing to do the second time. */
export function release(
  reservations: Reservation[],
  products: Record<string, ProductState>,
  stamp: Stamp,
): Record<string, ProductState> {
  const units = new Map<string, number>();
  for (const { lines } of reservations.filter(({ released }) => !released))
    for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  const deltas = [...units].map(([sku, quantity]) => [sku, giveBack(products[sku] ?? NOTHING, quantity, stamp)]);
  return Object.fromEntries(deltas);
}
