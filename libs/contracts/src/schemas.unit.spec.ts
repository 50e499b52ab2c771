import { describe, expect, it } from 'vitest';
import { placeOrderRequest } from './order.ts';
import { textSchema } from './schemas.ts';

describe('text of people', () => {
  it.each(['Zoë', '日本語', '👋 hello', "O'Neill"])('takes %s', (text) =>
    expect(textSchema(20).parse(text)).toBe(text),
  );
  it('is trimmed', () => expect(textSchema(20).parse('  a  ')).toBe('a'));
  it.each([
    ['nothing', '   '],
    ['NUL, which jsonb does not take', 'a\u0000b'],
    ['half of a surrogate pair, which jsonb does not take', 'a\ud800'],
    ['a line feed', 'a\nb'],
    ['more than it may hold', 'x'.repeat(21)],
  ])('refuses %s', (_what, text) => expect(textSchema(20).safeParse(text).success).toBe(false));
});

describe('an order as it is asked for', () => {
  const customerId = '0b0a7a3e-5b0a-4c53-8c0f-1d1f7c0c2f11';
  const accepts = (lines: unknown, over: object = {}) =>
    placeOrderRequest.safeParse({ customerId, lines, ...over }).success;

  it('takes lines of different products', () =>
    expect(
      accepts([
        { sku: 'TEA-1', quantity: 1 },
        { sku: 'CUP-1', quantity: 1000 },
      ]),
    ).toBe(true));
  it.each([0, -1, 1.5, 1001, 1e12, Number.NaN, '1'])('refuses the quantity %s', (quantity) =>
    expect(accepts([{ sku: 'TEA-1', quantity }])).toBe(false),
  );
  it('refuses one product in two lines', () =>
    expect(
      accepts([
        { sku: 'TEA-1', quantity: 1 },
        { sku: 'TEA-1', quantity: 2 },
      ]),
    ).toBe(false));
  it('refuses fields it does not know', () =>
    expect(accepts([{ sku: 'TEA-1', quantity: 1 }], { coupon: 'X' })).toBe(false));
});
