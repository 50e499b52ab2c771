import { expect, it } from 'vitest';
import { missingWrites } from './missing-writes.ts';

const acknowledged = (orderId: string, servedBy: string, endedAtMs: number) => ({
  ...{ outcome: 'ok' as const, orderId, servedBy, endedAtMs },
});
const history = [
  acknowledged('a', 'eu-west', 100),
  acknowledged('b', 'eu-west', 900),
  acknowledged('c', 'us-east', 950),
  { ...acknowledged('d', 'eu-west', 960), outcome: 'info' as const },
];

it('is what the lost region alone acknowledged, and as old as the oldest of it', () => {
  expect(missingWrites(history, 'eu-west', 1_000, [{ id: 'c', customerId: '1' }])).toEqual({
    orderIds: ['a', 'b'],
    rpoMs: 900,
  });
});

it('is nothing when a survivor has each of them', () => {
  const held = ['a', 'b'].map((id) => ({ id, customerId: '1' }));
  expect(missingWrites(history, 'eu-west', 1_000, held)).toEqual({ orderIds: [], rpoMs: 0 });
});

it('is also what was acknowledged after the death was asked for: the age of the oldest counts from the last of it', () => {
  const late = [acknowledged('e', 'eu-west', 1_040)];
  expect(missingWrites([...history, ...late], 'eu-west', 1_000, [{ id: 'a', customerId: '1' }])).toEqual({
    orderIds: ['b', 'e'],
    rpoMs: 140,
  });
});
