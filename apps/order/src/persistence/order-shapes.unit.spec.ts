import { uuidSchema } from '@meridian/contracts';
import { latestHlcOf } from '@meridian/hlc';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { OrderFacts, Stamp } from '../domain/order.ts';
import { toEvent } from './order-shapes.ts';

const at = (wallMs: number): Stamp => ({
  hlc: `${String(wallMs).padStart(15, '0')}-0000-eu-west`,
  at: new Date(wallMs).toISOString(),
  region: 'eu-west',
});
const id = '0b0a7a3e-5b0a-4c53-8c0f-1d1f7c0c2f11';
const amount = { amountMinor: 900, currency: 'EUR' as const };
const placed = {
  ...at(1),
  ...{ customerId: id, requestHash: 'h', total: amount, reservedIn: 'us-east' },
  lines: [{ sku: 'TEA-1', quantity: 2, unitPrice: { ...amount, amountMinor: 450 } }],
};
const charges = { ch: { ...at(2), amount, reference: 'p' } };

const writes: [string, OrderFacts][] = [
  ['placed', { placed }],
  ['paid', { paid: { ...at(2), paymentReference: 'p', chargeId: 'ch' }, charges }],
  ['cancelled', { cancelled: { ...at(3), reason: 'no', knewPaid: at(2).hlc } }],
  ['surplus', { surplus: { 'eu-west for eu-west': { ...at(2), reservedIn: 'eu-west', sameRequest: true } } }],
  ['charged', { charges }],
  ['voided', { voided: { ch: { ...at(3), reason: 'another-total' } } }],
  ['refunded', { refunds: { ch: { ...at(4), amount } } }],
];

/** What a region of the first version reads of an order's event: it strips the rest, and wants one fact at least. */
const fact = { hlc: z.string(), at: z.string(), region: z.string() };
const money = z.object({ amountMinor: z.int(), currency: z.string() });
const firstVersion = z.object({
  id: uuidSchema,
  facts: z.object({
    placed: z
      .object({ ...fact, customerId: z.string(), lines: z.array(z.unknown()), total: money, requestHash: z.string() })
      .optional(),
    paid: z.object({ ...fact, paymentReference: z.string() }).optional(),
    cancelled: z.object({ ...fact, reason: z.string() }).optional(),
  }),
});

describe.each(writes)('the event of what was %s', (name, added) => {
  const event = toEvent(id, added, { placed, ...added }, undefined);

  it('is named after it and stamped with its reading', () => {
    expect(event.type).toBe(`meridian.order.${name}.v1`);
    expect(event.hlc).toBe(
      latestHlcOf(
        Object.values(added).flatMap((told) =>
          'hlc' in told ? [told.hlc] : Object.values(told).map((one) => (one as Stamp).hlc),
        ),
      ),
    );
  });
  it('is read by a region of the first version, which finds a fact in it', () => {
    const { facts } = firstVersion.parse(JSON.parse(JSON.stringify(event.value)));
    expect(Object.keys(facts).length).toBeGreaterThan(0);
  });
});
