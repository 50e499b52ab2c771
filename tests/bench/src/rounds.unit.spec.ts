import { expect, it } from 'vitest';
import { inTurn } from './rounds.ts';

it('every contestant is measured once a round, and none always first', async () => {
  const order: string[] = [];
  const samples = await inTurn(['ours', 'theirs', 'bare'], 6, async (name, round) => {
    order.push(name);
    return round;
  });
  for (const rounds of Object.values(samples)) expect(rounds).toEqual([0, 1, 2, 3, 4, 5]);
  const first = order.filter((_, i) => i % 3 === 0);
  expect(new Set(first).size).toBe(3);
});

it('two contestants change places with every round', async () => {
  const order: string[] = [];
  await inTurn(['a', 'b'], 2, async (name) => {
    order.push(name);
  });
  expect(order).toEqual(['a', 'b', 'b', 'a']);
});
