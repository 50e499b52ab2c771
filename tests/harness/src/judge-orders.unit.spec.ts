import { describe, expect, it } from 'vitest';
import { judgeOrders } from './judge-orders.ts';

const ok = { customerId: 'ann', outcome: 'ok', orderId: 'o-1' } as const;
const unknown = { customerId: 'bob', outcome: 'info' } as const;
const annsOrder = { id: 'o-1', customerId: 'ann' };
const bobsOrder = { id: 'o-2', customerId: 'bob' };

describe('orders after a fault', () => {
  it('are right when every acknowledged one is in every region', () =>
    expect(judgeOrders([ok], { east: [annsOrder], west: [annsOrder] })).toEqual({ lost: [], doubled: [] }));

  it.each([
    ['did not happen', []],
    ['happened', [bobsOrder]],
  ])('are right when one of unknown outcome %s', (_what, bobs) =>
    expect(judgeOrders([ok, unknown], { east: [annsOrder, ...bobs] })).toEqual({ lost: [], doubled: [] }),
  );

  it('are lost when one region lacks an acknowledged one', () =>
    expect(judgeOrders([ok], { east: [annsOrder], west: [] }).lost).toEqual(['west: o-1']));

  it('are lost when one was acknowledged without an id', () =>
    expect(judgeOrders([{ ...ok, orderId: undefined }], { east: [annsOrder] }).lost).toHaveLength(1));

  it('are lost when the customer has another one in its place', () =>
    expect(judgeOrders([ok], { east: [{ id: 'o-9', customerId: 'ann' }] }).lost).toEqual(['east: o-1']));

  it('are doubled when a customer has two in one region', () =>
    expect(judgeOrders([ok], { east: [annsOrder, { id: 'o-9', customerId: 'ann' }] }).doubled).toEqual(['ann']));

  it('are doubled when a customer has one in each of two regions', () =>
    expect(judgeOrders([unknown], { east: [bobsOrder], west: [{ id: 'o-9', customerId: 'bob' }] }).doubled).toEqual([
      'bob',
    ]));
});
