import { describe, expect, it } from 'vitest';
import { judgeStock } from './judge-stock.ts';

const reserved = (...orderIds: string[]) => orderIds.map((orderId) => ({ orderId, quantity: 2 }));
const untouched = { available: 10, reservations: [] };

describe('stock after a fault', () => {
  it('is right when each region lacks the units that it has reserved', () =>
    expect(
      judgeStock(10, { east: { available: 6, reservations: reserved('a', 'b') }, west: untouched }, ['a', 'b']),
    ).toEqual({ miscounted: [], unreserved: [] }));

  it('is right when an order that was sent again holds units in two regions', () => {
    const stock = { available: 8, reservations: reserved('a') };
    expect(judgeStock(10, { east: stock, west: stock }, ['a'])).toEqual({ miscounted: [], unreserved: [] });
  });

  it('is right when an order that nobody acknowledged holds units', () =>
    expect(judgeStock(10, { east: { available: 8, reservations: reserved('a') } }, [])).toEqual({
      miscounted: [],
      unreserved: [],
    }));

  it('is miscounted when an order took its units twice', () =>
    expect(judgeStock(10, { east: { available: 6, reservations: reserved('a') } }, ['a']).miscounted).toEqual([
      { region: 'east', taken: 4, reserved: 2 },
    ]));

  it('is miscounted when two orders took the same units', () =>
    expect(judgeStock(10, { east: { available: 8, reservations: reserved('a', 'b') } }, ['a', 'b']).miscounted).toEqual(
      [{ region: 'east', taken: 2, reserved: 4 }],
    ));

  it('is miscounted in each region, even when the sum over all is right', () =>
    expect(
      judgeStock(
        10,
        { east: { available: 6, reservations: reserved('a') }, west: { ...untouched, reservations: reserved('b') } },
        [],
      ).miscounted.map(({ region }) => region),
    ).toEqual(['east', 'west']));

  it('does not back an acknowledged order that no region has reserved units for', () =>
    expect(judgeStock(10, { east: untouched, west: untouched }, ['a'])).toEqual({ miscounted: [], unreserved: ['a'] }));
});
