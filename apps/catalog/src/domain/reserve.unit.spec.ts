import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rightsIn } from './escrow.ts';
import { join, NOTHING, type ProductState } from './product-state.ts';
import { after, at } from './products.fixture.ts';
import {
  ANYBODY,
  type Line,
  type Reservation,
  release,
  reservationOf,
  reservationsToRelease,
  reserve,
} from './reserve.ts';

const now = at(2);
const product = (units: number, amountMinor = 100, currency: 'EUR' | 'USD' = 'EUR'): ProductState => {
  const [price, stock] = [
    { amountMinor, currency },
    { 'eu-west': units, 'us-east': 100 },
  ];
  return after(NOTHING, { type: 'CreateProduct', name: 'x', price, tags: [], stock }, at(1));
};
const rights = { granted: {}, moved: {}, spent: {}, refunded: {} };

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
        TEA: { fields: {}, stock: {}, rights: { ...rights, spent: { 'eu-west': 3 } } },
        CUP: { fields: {}, stock: {}, rights: { ...rights, spent: { 'eu-west': 2 } } },
      },
    }));
  it('takes nothing when one line is short, and says which, and what is held', () =>
    expect(ask([line('TEA', 1), line('CUP', 3)], products)).toEqual({
      ok: false,
      reason: 'InsufficientStock',
      short: [{ sku: 'CUP', quantity: 3, held: 2 }],
    }));
  it('is refused for what no other region can cure before it is found short', () =>
    expect(ask([line('TEA', 9), line('PIE', 1)], { ...products, PIE: product(5, 100, 'USD') })).toMatchObject({
      reason: 'MixedCurrencies',
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
  const reservation: Reservation = { askedBy: 'eu-west', lines: [{ ...line('TEA', 3), unitPrice }], released: false };

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
  const reservation: Reservation = { askedBy: 'eu-west', lines: [{ ...line('TEA', 3), unitPrice }], released: false };

  it('gives the units back', () => {
    const taken = ask([line('TEA', 3)], { TEA: product(5) });
    const tea = join(product(5), (taken.ok && taken.deltas.TEA) || NOTHING);
    expect(release([reservation], { TEA: tea }, now)).toEqual({
      TEA: { fields: {}, stock: {}, rights: { ...rights, refunded: { 'eu-west': 3 } } },
    });
  });
  it('does nothing the second time', () =>
    expect(release([{ ...reservation, released: true }], { TEA: product(2) }, now)).toEqual({}));
  it('does nothing where the reservation is not', () => expect(release([], {}, now)).toEqual({}));
  it('gives the units of several placings back together', () => {
    const lines = [{ ...line('TEA', 1), unitPrice }];
    const deltas = release([reservation, { askedBy: 'us-east', lines, released: false }], { TEA: product(0) }, now);
    expect(rightsIn('eu-west', join(product(0), deltas.TEA ?? NOTHING))).toBe(4);
  });
});

describe('of the reservations of one order', () => {
  const held = ['eu-west', 'us-east'].map((askedBy): Reservation => ({ askedBy, lines: [], released: false }));
  const [own, borrowed] = held as [Reservation, Reservation];
  const surplusOf = (region: string) => ({ cancelled: false, surplus: [{ reservedIn: 'eu-west', region }] });

  it('a placing is answered with its own, and with none of another region', () => {
    expect(reservationOf('us-east', held)).toBe(borrowed);
    expect(reservationOf('ap-southeast', held)).toBeUndefined();
  });
  it('those end whose placing does not hold, and no others', () => {
    expect(reservationsToRelease(held, surplusOf('eu-west'), 'eu-west')).toEqual([own]);
    expect(reservationsToRelease(held, surplusOf('us-east'), 'eu-west')).toEqual([borrowed]);
  });
  it('all end that have not when the order is cancelled', () => {
    const cancelled = { cancelled: true, surplus: [] };
    expect(reservationsToRelease([own, { ...borrowed, released: true }], cancelled, 'eu-west')).toEqual([own]);
  });
  it('one of a version that kept one per order answers to whoever asks, and ends when this region is named', () => {
    const old = { ...own, askedBy: ANYBODY };
    expect(reservationOf('us-east', [old])).toBe(old);
    expect(reservationsToRelease([old], surplusOf('us-east'), 'eu-west')).toEqual([old]);
    expect(reservationsToRelease([old], surplusOf('us-east'), 'us-east')).toEqual([]);
  });
});

describe('whatever is reserved and released', () => {
  it('the rights of a region are never below zero, and what is held plus what is reserved stays the same', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ order: fc.nat(5), quantity: fc.integer({ min: 1, max: 4 }), cancel: fc.boolean() })),
        (steps) => {
          let tea = product(10);
          const reservations: Record<number, Reservation> = {};
          for (const [i, { order, quantity, cancel }] of steps.entries()) {
            const stamp = at(i + 2);
            const known = reservations[order];
            if (cancel) {
              tea = join(tea, release(known ? [known] : [], { TEA: tea }, stamp).TEA ?? NOTHING);
              if (known) reservations[order] = { ...known, released: true };
            } else {
              const products = { TEA: tea };
              const decision = reserve(
                [line('TEA', quantity)],
                { products, reservation: known, maxTotal: 10_000 },
                stamp,
              );
              if (decision.ok && !known)
                reservations[order] = { askedBy: 'eu-west', lines: decision.lines, released: false };
              if (decision.ok) tea = join(tea, decision.deltas.TEA ?? NOTHING);
            }
            const held = rightsIn('eu-west', tea);
            const open = Object.values(reservations).filter((r) => !r.released);
            const reserved = open.flatMap((r) => r.lines).reduce((sum, l) => sum + l.quantity, 0);
            expect(held).toBeGreaterThanOrEqual(0);
            expect(held + reserved).toBe(10);
          }
        },
      ),
    ));
});
