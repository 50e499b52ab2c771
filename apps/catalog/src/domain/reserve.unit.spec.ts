import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { join, type ProductState, unitsIn } from './product.ts';
import { type Line, type Reservation, release, reserve } from './reserve.ts';

const earlier = '000000000000001-0000-eu-west';
const now = { hlc: '000000000000002-0000-eu-west', region: 'eu-west' };
const product = (units: number, amountMinor = 100, currency: 'EUR' | 'USD' = 'EUR'): ProductState => ({
  fields: {
    name: { value: 'x', hlc: earlier },
    price: { value: { amountMinor, currency }, hlc: earlier },
    tags: { value: [], hlc: earlier },
  },
  stock: { 'eu-west': { value: units, hlc: earlier }, 'us-east': { value: 100, hlc: earlier } },
});

const ask = (lines: Line[], products: Record<string, ProductState>, reservation?: Reservation) =>
  reserve(lines, { products, reservation, maxTotal: 1_000 }, now);
const line = (sku: string, quantity: number): Line => ({ sku, quantity });
const unitPrice = { amountMinor: 100, currency: 'EUR' as const };

describe('reserving', () => {
  const products = { TEA: product(5), CUP: product(2) };

  it('takes the units of all lines from the stock of this region, at the prices of now', () =>
    expect(ask([line('TEA', 3), line('CUP', 2)], products)).toEqual({
      ok: true,
      lines: [
        { sku: 'TEA', quantity: 3, unitPrice },
        { sku: 'CUP', quantity: 2, unitPrice },
      ],
      deltas: {
        TEA: { fields: {}, stock: { 'eu-west': { value: 2, hlc: now.hlc } } },
        CUP: { fields: {}, stock: { 'eu-west': { value: 0, hlc: now.hlc } } },
      },
    }));
  it('takes nothing when one line is short, and says which', () =>
    expect(ask([line('TEA', 1), line('CUP', 3)], products)).toEqual({
      ok: false,
      reason: 'InsufficientStock',
      skus: ['CUP'],
    }));
  it('does not sell what another region holds', () =>
    expect(ask([line('TEA', 6)], products)).toMatchObject({ reason: 'InsufficientStock' }));
  it('refuses a SKU that is not known, and says which', () =>
    expect(ask([line('TEA', 1), line('HAT', 1)], products)).toEqual({
      ok: false,
      reason: 'UnknownSku',
      skus: ['HAT'],
    }));
  it('refuses two currencies in one order', () =>
    expect(ask([line('TEA', 1), line('PIE', 1)], { ...products, PIE: product(5, 100, 'USD') })).toMatchObject({
      reason: 'MixedCurrencies',
    }));
  it('refuses a total that an order cannot carry', () =>
    expect(ask([line('TEA', 5)], { TEA: product(5, 201) })).toMatchObject({ reason: 'TotalTooLarge' }));
});

describe('reserving again for the same order', () => {
  const reservation: Reservation = { lines: [{ ...line('TEA', 3), unitPrice }], released: false };

  it('takes nothing more and gives the prices of the first time', () =>
    expect(ask([line('TEA', 3)], { TEA: product(0, 999) }, reservation)).toEqual({
      ok: true,
      lines: reservation.lines,
      deltas: {},
    }));
  it('refuses other lines', () =>
    expect(ask([line('TEA', 2)], { TEA: product(5) }, reservation)).toMatchObject({ reason: 'KeyReused' }));
  it('refuses once the units were given back', () =>
    expect(ask([line('TEA', 3)], { TEA: product(5) }, { ...reservation, released: true })).toMatchObject({
      reason: 'Released',
    }));
});

describe('releasing', () => {
  const reservation: Reservation = { lines: [{ ...line('TEA', 3), unitPrice }], released: false };

  it('gives the units back', () =>
    expect(release(reservation, { TEA: product(2) }, now)).toEqual({
      TEA: { fields: {}, stock: { 'eu-west': { value: 5, hlc: now.hlc } } },
    }));
  it('does nothing the second time', () =>
    expect(release({ ...reservation, released: true }, { TEA: product(2) }, now)).toEqual({}));
  it('does nothing where the reservation is not', () => expect(release(undefined, {}, now)).toEqual({}));
});

describe('whatever is reserved and released', () => {
  it('the stock of a region is never below zero, and what is held plus what is reserved stays the same', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ order: fc.nat(5), quantity: fc.integer({ min: 1, max: 4 }), cancel: fc.boolean() })),
        (steps) => {
          let tea = product(10);
          const reservations: Record<number, Reservation> = {};
          for (const [i, { order, quantity, cancel }] of steps.entries()) {
            const stamp = { hlc: `${String(i + 2).padStart(15, '0')}-0000-eu-west`, region: 'eu-west' };
            const known = reservations[order];
            if (cancel) {
              tea = join(tea, release(known, { TEA: tea }, stamp).TEA ?? { fields: {}, stock: {} });
              if (known) reservations[order] = { ...known, released: true };
            } else {
              const products = { TEA: tea };
              const decision = reserve(
                [line('TEA', quantity)],
                { products, reservation: known, maxTotal: 10_000 },
                stamp,
              );
              if (decision.ok && !known) reservations[order] = { lines: decision.lines, released: false };
              if (decision.ok) tea = join(tea, decision.deltas.TEA ?? { fields: {}, stock: {} });
            }
            const held = unitsIn('eu-west', tea);
            const open = Object.values(reservations).filter((r) => !r.released);
            const reserved = open.flatMap((r) => r.lines).reduce((sum, l) => sum + l.quantity, 0);
            expect(held).toBeGreaterThanOrEqual(0);
            expect(held + reserved).toBe(10);
          }
        },
      ),
    ));
});
