import { describe, expect, it } from 'vitest';
import { judgeStock } from './judge-stock.ts';

const reserved = (...orderIds: string[]) => orderIds.map((orderId) => ({ orderId, quantity: 2 }));
const after = (taken: number, ...orderIds: string[]) => {
  return { taken, available: 10 - taken, reservations: reserved(...orderIds) };
};
const untouched = after(0);
const right = { miscounted: [], unreserved: [], oversold: 0 };

describe('stock after a fault', () => {
  it('is right when each region took the units that it has reserved', () =>
    expect(judgeStock(20, { east: after(4, 'a', 'b'), west: untouched }, ['a', 'b'])).toEqual(right));

  it('is right when an order that was sent again holds units in two regions', () =>
    expect(judgeStock(20, { east: after(2, 'a'), west: after(2, 'a') }, ['a'])).toEqual(right));

  it('is right when an order that nobody acknowledged holds units', () =>
    expect(judgeStock(10, { east: after(2, 'a') }, [])).toEqual(right));

  it('is right when rights went from one region to another', () => {
    const moved = { east: { ...after(2, 'a'), available: 3 }, west: { ...untouched, available: 15 } };
    expect(judgeStock(20, moved, ['a'])).toEqual(right);
  });

  it('is miscounted when an order took its units twice', () =>
    expect(judgeStock(10, { east: after(4, 'a') }, ['a']).miscounted).toEqual([
      { region: 'east', taken: 4, reserved: 2 },
    ]));

  it('is miscounted when two orders took the same units', () =>
    expect(judgeStock(10, { east: after(2, 'a', 'b') }, ['a', 'b']).miscounted).toEqual([
      { region: 'east', taken: 2, reserved: 4 },
    ]));

  it('is miscounted in each region, even when the sum over all is right', () =>
    expect(
      judgeStock(20, { east: after(4, 'a'), west: after(0, 'b') }, []).miscounted.map(({ region }) => region),
    ).toEqual(['east', 'west']));

  it('does not back an acknowledged order that no region has reserved units for', () =>
    expect(judgeStock(20, { east: untouched, west: untouched }, ['a'])).toEqual({ ...right, unreserved: ['a'] }));

  it('is oversold when a right that was handed over is still used where it came from', () => {
    const both = { east: after(2, 'a'), west: { ...untouched, available: 12 } };
    expect(judgeStock(20, both, ['a']).oversold).toBe(2);
  });
});
