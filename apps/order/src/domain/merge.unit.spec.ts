import { describe, expect, it } from 'vitest';
import { historyOf } from './history.ts';
import { merge } from './merge.ts';
import type { OrderFacts, Paid, Placed, Stamp } from './order.ts';

const at = (wallMs: number, region: string): Stamp => ({
  hlc: `${String(wallMs).padStart(15, '0')}-0000-${region}`,
  at: new Date(wallMs).toISOString(),
  region,
});
const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' as const });
const placed = (wallMs: number, region: string, over: Partial<Placed> = {}): Placed => ({
  ...at(wallMs, region),
  ...{
    customerId: 'c',
    requestHash: 'h',
    lines: [{ sku: 'TEA-1', quantity: 2, unitPrice: eur(450) }],
    total: eur(900),
  },
  ...over,
});
const paid = (wallMs: number, region: string, reference = 'p-1'): Paid => ({
  ...at(wallMs, region),
  ...{ paymentReference: reference, chargeId: `ch-${region}` },
});
const now = at(99, 'us-east');
const surplusHere = (sameRequest = true) => ({
  surplus: { 'us-east for us-east': { ...now, reservedIn: 'us-east', sameRequest } },
});

describe('when an order was placed here and, earlier, in another region', () => {
  const known: OrderFacts = { placed: placed(2, 'us-east') };
  const told: OrderFacts = { placed: placed(1, 'eu-west') };

  it('the earlier placing holds, and what is reserved here is surplus', () =>
    expect(merge(known, told, now)).toEqual({
      ...{ facts: { ...told, ...surplusHere() }, isNew: true, noted: surplusHere(), lost: [] },
    }));
  it('the other region notes nothing: its own holds', () =>
    expect(merge(told, known, at(99, 'eu-west'))).toMatchObject({ facts: told, isNew: false, noted: undefined }));
  it('a third region notes nothing either', () => {
    const there = at(99, 'ap-southeast');
    expect(merge(known, told, there)).toMatchObject({ facts: told, noted: undefined });
    expect(merge(told, known, there)).toMatchObject({ facts: told, noted: undefined });
  });
  it('it is noted once, however often it is told', () => {
    const { facts } = merge(known, told, now);
    expect(merge(facts, told, at(100, 'us-east'))).toEqual({ facts, isNew: false, noted: undefined, lost: [] });
    // As when a region is told its own facts again.
    expect(merge(facts, known, at(100, 'us-east'))).toEqual({ facts, isNew: false, noted: undefined, lost: [] });
  });
  it('what is borrowed from the region of the earlier one is surplus, too, and not what that one holds itself', () => {
    const here = { placed: placed(2, 'us-east', { reservedIn: 'eu-west' }) };
    expect(Object.keys(merge(here, told, now).noted?.surplus ?? {})).toEqual(['eu-west for us-east']);
  });
  it('what is surplus is where it was reserved, not where the order was placed', () => {
    const here = { placed: placed(2, 'us-east', { reservedIn: 'ap-southeast' }) };
    expect(Object.keys(merge(here, told, now).noted?.surplus ?? {})).toEqual(['ap-southeast for us-east']);
  });
});

describe('when an order that was placed here is cancelled in another region', () => {
  const known: OrderFacts = { placed: placed(1, 'us-east', { reservedIn: 'eu-west' }) };
  const told: OrderFacts = { cancelled: { ...at(2, 'eu-west'), reason: 'late' } };
  const surplus = (facts: OrderFacts) => Object.keys(facts.surplus ?? {});

  it('what is reserved for it is told to be surplus, as who lent it may have heard of that before it did', () =>
    expect(surplus(merge(known, told, now).facts)).toEqual(['eu-west for us-east']));
  it('once, and by no other region', () => {
    const { facts } = merge(known, told, now);
    expect(merge(facts, told, at(100, 'us-east')).noted).toBeUndefined();
    expect(merge(known, told, at(99, 'ap-southeast')).noted).toBeUndefined();
  });
  it('it is not when it was cancelled here: that is told after the units were asked for', () => {
    const here = { ...known, cancelled: { ...at(2, 'us-east'), reason: 'late' } };
    expect(merge(here, {}, now).noted).toBeUndefined();
  });
});

describe('what a join discards', () => {
  const won = placed(1, 'eu-west');
  const rules = (known: OrderFacts, told: OrderFacts) => {
    const [here, there] = [merge(known, told, now).lost, merge(told, known, now).lost];
    expect(here).toEqual(there);
    return here.map(({ field, rule, lost }) => [field, rule, lost.region]);
  };

  it('is nothing when the same was asked for: a retry is no conflict', () =>
    expect(rules({ placed: placed(2, 'us-east') }, { placed: won })).toEqual([]));
  it.each([
    ['another request under the same key', { requestHash: 'other' }],
    [
      'another price, as each region has its own moment',
      { lines: [{ sku: 'TEA-1', quantity: 2, unitPrice: eur(451) }] },
    ],
  ])('is a placing with %s', (_what, over) =>
    expect(rules({ placed: placed(2, 'us-east', over) }, { placed: won })).toEqual([
      ['placed', 'first-fact-holds', 'us-east'],
    ]),
  );
  it('is a payment by another reference, and not one by the same', () => {
    const known = { placed: won, paid: paid(3, 'eu-west') };
    expect(rules(known, { paid: paid(4, 'us-east', 'p-2') })).toEqual([['paid', 'first-fact-holds', 'us-east']]);
    expect(rules(known, { paid: paid(4, 'us-east') })).toEqual([]);
  });
  it('is a cancellation for another reason', () => {
    const cancelled = (wallMs: number, region: string, reason: string) => ({
      cancelled: { ...at(wallMs, region), reason },
    });
    expect(rules(cancelled(1, 'eu-west', 'late'), cancelled(2, 'us-east', 'dear'))).toHaveLength(1);
    expect(rules(cancelled(1, 'eu-west', 'late'), cancelled(2, 'us-east', 'late'))).toEqual([]);
  });
  it('is a payment of what was cancelled elsewhere at the same time', () => {
    const cancelled = { ...at(4, 'us-east'), reason: 'late' };
    expect(rules({ placed: won, paid: paid(3, 'eu-west') }, { cancelled })).toEqual([
      ['status', 'refund-when-paid-and-cancelled', 'eu-west'],
    ]);
  });
  it('is none when who cancelled knew of the payment', () => {
    const payment = paid(3, 'eu-west');
    const cancelled = { ...at(4, 'us-east'), reason: 'late', knewPaid: payment.hlc };
    expect(rules({ placed: won, paid: payment }, { cancelled })).toEqual([]);
    expect(rules({ placed: won, paid: payment }, { cancelled: { ...at(4, 'eu-west'), reason: 'late' } })).toEqual([]);
  });
  it('is a charge of the total of a placing that lost, once', () => {
    const dearer = { placed: placed(2, 'us-east', { total: eur(950) }), paid: paid(3, 'us-east') };
    const charged = { charges: { 'ch-us-east': { ...at(3, 'us-east'), amount: eur(950), reference: 'p-1' } } };
    expect(rules({ ...dearer, ...charged }, { placed: won })).toEqual([['paid', 'charge-of-another-total', 'us-east']]);
    const { facts } = merge({ ...dearer, ...charged }, { placed: won }, now);
    expect(merge(facts, charged, now).lost).toEqual([]);
  });
  it('is said again only when both are told anew', () => {
    const both = { placed: won, paid: paid(3, 'eu-west'), cancelled: { ...at(4, 'us-east'), reason: 'late' } };
    expect(merge(both, { refunds: {} }, now).lost).toEqual([]);
  });
});

it('the history says of a charge of another total that it does not count, and by what the order is paid then', () => {
  const charges = {
    'ch-1': { ...at(2, 'us-east'), amount: eur(950), reference: 'p-1' },
    'ch-2': { ...at(5, 'us-east'), amount: eur(900), reference: 'p-1' },
  };
  const voided = { 'ch-1': { ...at(3, 'us-east'), reason: 'another-total' } };
  const refunds = { 'ch-1': { ...at(4, 'us-east'), amount: eur(950) } };
  const facts = { placed: placed(1, 'eu-west'), paid: { ...paid(2, 'us-east'), chargeId: 'ch-1' } };
  const told = historyOf({ ...facts, charges, voided, refunds }).map(({ what, text }) => `${what} · ${text}`);
  expect(`\n${told.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    placed · placed: 2 × TEA-1, 9.00 EUR, reserved in eu-west
    charged · 9.50 EUR charged by reference p-1 (charge ch-1); it is not of the total that holds, so it does not count and was refunded
    paid · paid by reference p-1
    refunded · 9.50 EUR refunded, charge ch-1
    charged · 9.00 EUR charged by reference p-1 (charge ch-2); it counts
    paid · paid by reference p-1
    "
  `);
});

it('the history says all of it in words, in the order of the clock', () => {
  const facts: OrderFacts = {
    placed: placed(1, 'eu-west'),
    surplus: { 'us-east for us-east': { ...at(3, 'us-east'), reservedIn: 'us-east', sameRequest: false } },
    paid: paid(4, 'eu-west'),
    charges: {
      'ch-eu-west': { ...at(4, 'eu-west'), amount: eur(900), reference: 'p-1' },
      'ch-us-east': { ...at(5, 'us-east'), amount: eur(900), reference: 'p-1' },
      'ch-ap-southeast': { ...at(6, 'ap-southeast'), amount: eur(900), reference: 'p-2' },
    },
    refunds: { 'ch-us-east': { ...at(7, 'us-east'), amount: eur(900) } },
    cancelled: { ...at(8, 'eu-west'), reason: 'changed my mind' },
  };
  const told = historyOf(facts).map(({ region, what, text }) => `${region} ${what} · ${text}`);
  expect(`\n${told.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    eu-west placed · placed: 2 × TEA-1, 9.00 EUR, reserved in eu-west
    us-east surplus · us-east took it as well, and later, for another request with the same key, which does not hold: what was reserved in us-east for that goes back to stock
    eu-west charged · 9.00 EUR charged by reference p-1 (charge ch-eu-west); it counted until the cancellation
    eu-west paid · paid by reference p-1
    us-east charged · 9.00 EUR charged by reference p-1 (charge ch-us-east); it does not count and was refunded
    ap-southeast charged · 9.00 EUR charged by reference p-2 (charge ch-ap-southeast); it does not count and is due for a refund
    us-east refunded · 9.00 EUR refunded, charge ch-us-east
    eu-west cancelled · cancelled: changed my mind
    "
  `);
});
