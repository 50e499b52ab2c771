import fc from 'fast-check';
import type { Money, OrderFacts } from './order.ts';

/**
 * Facts at random. A clock reading names one write, so what is written under it follows from it, and so does the id of a
 * charge: one region made it, once. Readings are few, so that ties and repetitions are common.
 */
export const regions = ['ap-southeast', 'eu-west', 'us-east'];
export const total: Money = { amountMinor: 1, currency: 'EUR' };

export const stamp = fc
  .record({ wallMs: fc.integer({ min: 1, max: 5 }), region: fc.constantFrom(...regions) })
  .map(({ wallMs, region }) => ({
    hlc: `${String(wallMs).padStart(15, '0')}-0000-${region}`,
    at: new Date(wallMs).toISOString(),
    region,
  }));

export const placed = stamp.map((s) => ({
  ...s,
  ...{ customerId: 'c', lines: [], total, requestHash: `hash of ${s.hlc}` },
}));
export const charge = stamp.map((s) => ({ ...s, amount: total, reference: `payment of ${s.hlc}` }));
export const paid = stamp.map((s) => ({
  ...s,
  paymentReference: `payment of ${s.hlc}`,
  chargeId: `charge of ${s.hlc}`,
}));
export const cancelled = stamp.map((s) => ({ ...s, reason: `reason of ${s.hlc}` }));
export const refund = stamp.map((s) => ({ ...s, amount: total }));
const surplus = stamp.map((s) => ({ ...s, reservedIn: s.region, sameRequest: s.hlc < '000000000000003' }));

const some = <T>(fact: fc.Arbitrary<T>) => fc.array(fact, { minLength: 1, maxLength: 3 });
const maps = fc.record(
  {
    surplus: some(surplus).map((all) => Object.fromEntries(all.map((s) => [s.reservedIn, s]))),
    charges: some(charge).map((all) => Object.fromEntries(all.map((c) => [`further charge of ${c.hlc}`, c]))),
    refunds: some(charge).map((all) => Object.fromEntries(all.map((c) => [`further charge of ${c.hlc}`, c]))),
  },
  { requiredKeys: [] },
);
/** A payment and its charge are one write. */
const payment = fc.option(stamp, { nil: undefined }).map((s): OrderFacts => {
  if (!s) return {};
  const [chargeId, paymentReference] = [`charge of ${s.hlc}`, `payment of ${s.hlc}`];
  return {
    paid: { ...s, paymentReference, chargeId },
    charges: { [chargeId]: { ...s, amount: total, reference: paymentReference } },
  };
});
export const facts: fc.Arbitrary<OrderFacts> = fc
  .record({ single: fc.record({ placed, cancelled }, { requiredKeys: [] }), maps, payment })
  .map(({ single, maps: grown, payment: { charges, ...rest } }) => ({
    ...single,
    ...grown,
    ...rest,
    ...(charges && { charges: { ...grown.charges, ...charges } }),
  }));
