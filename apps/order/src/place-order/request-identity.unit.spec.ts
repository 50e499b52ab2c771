import { describe, expect, it } from 'vitest';
import { orderIdOf, requestHashOf } from './request-identity.ts';

const customerId = '0b0a7a3e-5b0a-4c53-8c0f-1d1f7c0c2f11';
const other = '1b0a7a3e-5b0a-4c53-8c0f-1d1f7c0c2f11';

describe('the id of an order', () => {
  it('is the same for the same customer and key, in whatever region', () =>
    expect(orderIdOf(customerId, 'key-1')).toBe(orderIdOf(customerId.toUpperCase(), 'key-1')));
  it('differs between customers with the same key', () =>
    expect(orderIdOf(customerId, 'key-1')).not.toBe(orderIdOf(other, 'key-1')));
  it('is a UUID of version 5', () =>
    expect(orderIdOf(customerId, 'key-1')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    ));
});

describe('the hash of a request', () => {
  const tea = { sku: 'TEA-1', quantity: 1 };
  const cup = { sku: 'CUP-1', quantity: 12 };
  const hash = requestHashOf({ customerId, lines: [tea, cup] });

  it('does not see the order of the lines', () => expect(requestHashOf({ lines: [cup, tea], customerId })).toBe(hash));
  it('sees another quantity', () =>
    expect(requestHashOf({ customerId, lines: [tea, { ...cup, quantity: 1 }] })).not.toBe(hash));
  it('sees a line more', () =>
    expect(requestHashOf({ customerId, lines: [tea, cup, { sku: 'HAT-1', quantity: 1 }] })).not.toBe(hash));
  it('sees another customer', () => expect(requestHashOf({ customerId: other, lines: [tea, cup] })).not.toBe(hash));
});
