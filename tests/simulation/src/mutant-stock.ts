import { decide } from '@meridian/catalog/domain/decide';
import { escrowOf, type Stamp } from '@meridian/catalog/domain/escrow';
import { NOTHING, type ProductState } from '@meridian/catalog/domain/product-state';
import { type ReservationDecision, reserve } from '@meridian/catalog/domain/reserve';
import { EMPTY_COUNTER, grant, joinCounters, totalRights } from '@meridian/crdt';
import type { Rules } from './rules.ts';

/** Stock as it is kept where nobody thought of a second region: one number, the last word on it holds. */
export const lastWriterStock: Partial<Rules> = {
  decideProduct: (command, state, stamp) => {
    if (command.type === 'Restock') return { ok: true, delta: left(leftOf(state) + command.units, stamp) };
    if (command.type !== 'CreateProduct') return decide(command, state, stamp);
    const units = Object.values(command.stock).reduce((sum, one) => sum + one, 0);
    const decision = decide({ ...command, stock: {} }, state, stamp);
    return decision.ok ? { ok: true, delta: { ...decision.delta, ...left(units, stamp, decision.delta) } } : decision;
  },
  reserve: (lines, known, stamp) =>
    reserveBy(lines, known, stamp, (state, units) =>
      units <= leftOf(state) ? left(leftOf(state) - units, stamp) : undefined,
    ),
  release: (reservations, products, stamp) => {
    const lines = reservations.filter(({ released }) => !released).flatMap((one) => one.lines);
    const deltas = lines.map(({ sku, quantity }) => {
      return [sku, left(leftOf(products[sku] ?? NOTHING) + quantity, stamp)];
    });
    return Object.fromEntries(deltas);
  },
  unitsIn: (region, state) => (region === 'all' ? leftOf(state) : 0),
  unitsLeft: (state) => leftOf(state),
};

const leftOf = (state: ProductState) => state.stock.all?.value ?? 0;

function left(value: number, { hlc }: Stamp, rest: ProductState = NOTHING): ProductState {
  return { ...rest, stock: { all: { value, hlc } } };
}

/** A counter that no region loses an increment of, and that every region takes the last unit from. */
export const reserveFromAll: Rules['reserve'] = (lines, known, stamp) =>
  reserveBy(lines, known, stamp, (state, units) => {
    if (units > totalRights(escrowOf(state))) return undefined;
    const spent = { [stamp.region]: (state.rights?.spent[stamp.region] ?? 0) + units };
    return { fields: {}, stock: {}, rights: { ...EMPTY_COUNTER, spent } };
  });

/** The real reservation, but for the taking: it is shown a product of which this region holds as much as is wanted. */
function reserveBy(
  lines: Parameters<typeof reserve>[0],
  known: Parameters<typeof reserve>[1],
  stamp: Stamp,
  take: (state: ProductState, units: number) => ProductState | undefined,
): ReservationDecision {
  const deltas: Record<string, ProductState> = {};
  const products: Record<string, ProductState> = {};
  for (const { sku, quantity } of lines) {
    const state = known.products[sku] ?? NOTHING;
    const delta = take(state, quantity);
    if (delta) deltas[sku] = delta;
    const units = delta ? 1_000 : 0;
    const rights = joinCounters(EMPTY_COUNTER, grant(EMPTY_COUNTER, stamp.region, units).delta);
    products[sku] = { ...state, stock: {}, rights };
  }
  const decision = reserve(lines, { ...known, products }, stamp);
  return decision.ok && !known.reservation ? { ...decision, deltas } : decision;
}
