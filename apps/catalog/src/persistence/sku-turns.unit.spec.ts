import { describe, expect, it } from 'vitest';
import { SkuTurns } from './sku-turns.ts';

/** Work that notes when it begins, and ends when it is told to. */
function work(name: string, begun: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const run = () => {
    begun.push(name);
    return promise;
  };
  return { run, end: resolve, fail: reject };
}
/** Whatever is due to begin has begun. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('of one SKU follow each other in the order of asking, and other SKUs do not wait', async () => {
    const [turns, begun] = [new SkuTurns(), [] as string[]];
    const [first, second, other] = ['first', 'second', 'other'].map((name) => work(name, begun));
    const all = [
      turns.inTurn(['A'], first?.run as never),
      turns.inTurn(['A'], second?.run as never),
      turns.inTurn(['B'], other?.run as never),
    ];
    await settled();
    expect(begun).toEqual(['first', 'other']);
    first?.end();
    await settled();
    expect(begun).toEqual(['first', 'other', 'second']);
    second?.end();
    other?.end();
    await Promise.all(all);
  });

  it('of the same SKUs in another order do not wait for each other for ever', async () => {
    const turns = new SkuTurns();
    const orders = Array.from({ length: 20 }, (_, i) => turns.inTurn(i % 2 ? ['A', 'B'] : ['B', 'A'], settled));
    await Promise.all(orders);
  });

  it('go on after one that failed, and its failure is its own', async () => {
    const [turns, begun] = [new SkuTurns(), [] as string[]];
    const failing = turns.inTurn(['A'], () => Promise.reject(new Error('no')));
    const next = turns.inTurn(['A'], async () => begun.push('next'));
    await expect(failing).rejects.toThrow('no');
    await next;
    expect(begun).toEqual(['next']);
  });

  it('leave nothing behind', async () => {
    const turns = new SkuTurns();
    await Promise.all([turns.inTurn(['A', 'B'], settled), turns.inTurn(['B', 'C'], settled)]);
    expect((turns as unknown as { tails: Map<string, unknown> }).tails.size).toBe(0);
  });
});
