import { expect, test } from 'vitest';
import { openLoop, shopRequest } from './shop-load.ts';

const shop = { sku: 'A', person: 'p', customerId: 'c', idempotencyKey: 'k' };

test('of ten requests seven read, two order and one edits, and each of three regions comes to each', () => {
  const kinds = Array.from({ length: 30 }, (_, i) => ({ region: i % 3, kind: shopRequest(i, shop).kind }));
  for (const region of [0, 1, 2]) {
    const mine = kinds.filter((one) => one.region === region).map(({ kind }) => kind);
    expect(mine.filter((kind) => kind === 'order')).toHaveLength(2);
    expect(mine.filter((kind) => kind === 'rename')).toHaveLength(1);
  }
});

test('an order has a key and an edit has none', () => {
  expect(shopRequest(1, shop).headers).toEqual({ 'idempotency-key': 'k' });
  expect(shopRequest(4, shop).headers).toEqual({});
});

test('sends on while nothing is answered, and stops only when all is', async () => {
  const answer: (() => void)[] = [];
  const everSent = Promise.withResolvers<void>();
  const load = openLoop(1_000, (i) => {
    if (i === 3) everSent.resolve();
    return new Promise((resolve) => answer.push(resolve));
  });
  await everSent.promise;
  let isStopped = false;
  const stopped = load.stop().then(() => {
    isStopped = true;
  });
  expect(isStopped).toBe(false);
  // What was sent until now, and what a last tick sends.
  while (!isStopped) {
    for (const one of answer.splice(0)) one();
    await Promise.race([stopped, new Promise((resolve) => setImmediate(resolve))]);
  }
  expect(answer).toEqual([]);
});
