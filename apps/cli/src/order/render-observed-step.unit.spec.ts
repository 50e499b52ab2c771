import { expect, test } from 'vitest';
import { createPaint } from '../terminal/terminal.ts';
import type { ObservedStep } from './observe-arrivals.ts';
import { observedStepToJson, renderObservedStep } from './render-observed-step.ts';

const observed: ObservedStep = {
  step: 'placed',
  servedBy: 'eu-west',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  replayed: false,
  sentAtMs: 1000,
  answeredAtMs: 1012.34,
  order: {
    id: '0b7e1ce4-4c5c-5a5f-9d2f-2f6f2f0f1a11',
    customerId: 'b5f1c9a0-5a5c-4b7e-8f5e-0d6b1b1b1b1b',
    status: 'placed',
    lines: [{ sku: 'KIT-00001', quantity: 2, unitPrice: { amountMinor: 1250, currency: 'EUR' } }],
    total: { amountMinor: 2500, currency: 'EUR' },
    placedIn: 'eu-west',
    placedAt: '2026-11-24T12:00:00.000Z',
    paidAt: null,
    cancelledAt: null,
  },
  arrivals: [
    { region: 'us-east', afterMs: 61.26, floorMs: 42.45, verdict: 'arrived' },
    { region: 'ap-southeast', afterMs: null, floorMs: 89.45, verdict: 'not-seen', trouble: 'nothing listens there' },
  ],
};
const options = { width: 80, paint: createPaint(false), portOffset: 0 };

test('says where and when the order could be read, against RTT/2, and how to see its trace', () => {
  expect(renderObservedStep(observed, options)).toMatchInlineSnapshot(`
    "order 0b7e1ce4-4c5c-5a5f-9d2f-2f6f2f0f1a11
      placed in eu-west, answered in 12.3 ms
      placed, EUR 25.00: 2 × KIT-00001
      readable in      after    RTT/2  beyond RTT/2
      us-east        61.3 ms  42.5 ms      +18.8 ms
      ap-southeast  not seen  89.5 ms                nothing listens there
      trace 4bf92f3577b34da6a3ce929d0e0e4736
      see it: npx meridian trace 4bf92f3577b34da6a3ce929d0e0e4736"
  `);
});

test.each([80, 120])('fits %i columns', (width) => {
  for (const line of renderObservedStep(observed, { ...options, width }).split('\n'))
    expect(line.length).toBeLessThanOrEqual(width);
});

test('the trace command names the instance when it is not the usual one', () => {
  expect(renderObservedStep(observed, { ...options, portOffset: 100 })).toContain('--port-offset 100');
});

test('a replayed answer says that nothing was written, and claims no lag', () => {
  const text = renderObservedStep({ ...observed, replayed: true, arrivals: [] }, options);
  expect(text).toContain('nothing was written');
  expect(text).not.toContain('readable in');
});

test('says what was done once too often because two regions were asked', () => {
  const amount = { amountMinor: 2500, currency: 'EUR' as const };
  const [chargedAt, refundedAt] = ['2026-11-24T12:00:01.000Z', '2026-11-24T12:00:02.000Z'];
  const charge = { id: 'c', amount, chargedAt };
  const order = {
    ...observed.order,
    status: 'paid' as const,
    surplus: [{ reservedIn: 'us-east', notedAt: chargedAt }],
    charges: [
      { ...charge, region: 'eu-west', state: 'counts' as const, refundedAt: null },
      { ...charge, region: 'us-east', state: 'refunded' as const, refundedAt },
    ],
  };
  const text = renderObservedStep({ ...observed, order, arrivals: [] }, options);
  expect(text.split('\n').slice(2, 5)).toEqual([
    '  paid, EUR 25.00: 2 × KIT-00001',
    '  also reserved in us-east: surplus, back to stock',
    '  also charged in us-east: EUR 25.00, refunded',
  ]);
});

test.each(['refund-due', 'refunded'] as const)('says what %s means', (status) => {
  const text = renderObservedStep({ ...observed, order: { ...observed.order, status }, arrivals: [] }, options);
  expect(text).toContain('cancelled after a payment');
});

test('programs get the same figures', () => {
  expect(observedStepToJson(observed)).toMatchObject({
    region: 'eu-west',
    answeredInMs: 12.3,
    arrivals: [
      { region: 'us-east', readableAfterMs: 61.3, rttHalfMs: 42.45, verdict: 'arrived' },
      { readableAfterMs: null },
    ],
  });
});
