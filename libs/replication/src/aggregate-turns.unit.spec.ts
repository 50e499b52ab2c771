import { describe, expect, it } from 'vitest';
import { AggregateTurns } from './aggregate-turns.ts';

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
  it('of one aggregate follow each other in the order of asking, and other aggregates do not wait', async () => {
    const [turns, begun] = [new AggregateTurns(), [] as string[]];
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

  it('of the same aggregates in another order do not wait for each other for ever', async () => {
    const turns = new AggregateTurns();
    const orders = Array.from({ length: 20 }, (_, i) => turns.inTurn(i % 2 ? ['A', 'B'] : ['B', 'A'], settled));
    await Promise.all(orders);
  });

  it('go on after one that failed, and its failure is its own', async () => {
    const [turns, begun] = [new AggregateTurns(), [] as string[]];
    const failing = turns.inTurn(['A'], () => Promise.reject(new Error('no')));
    const next = turns.inTurn(['A'], async () => begun.push('next'));
    await expect(failing).rejects.toThrow('no');
    await next;
    expect(begun).toEqual(['next']);
  });

  it('leave nothing behind', async () => {
    const turns = new AggregateTurns();
    const ahead = turns.aheadOfTurns('B', settled);
    await Promise.all([turns.inTurn(['A', 'B'], settled), turns.inTurn(['B', 'C'], settled), ahead]);
    expect(Object.values(turns).map((kept: Map<string, unknown>) => kept.size)).toEqual([0, 0, 0]);
  });
});

describe('work that goes ahead', () => {
  it('waits for what is under way and for others that went ahead, and not for what waits', async () => {
    const [turns, begun] = [new AggregateTurns(), [] as string[]];
    const [first, second, ahead, after] = ['first', 'second', 'ahead', 'after'].map((name) => work(name, begun));
    const all = [turns.inTurn(['A', 'B'], first?.run as never), turns.inTurn(['B'], second?.run as never)];
    await settled();
    all.push(turns.aheadOfTurns('B', ahead?.run as never), turns.aheadOfTurns('B', after?.run as never));
    await settled();
    expect(begun).toEqual(['first']);
    for (const [one, next] of [
      [first, ['first', 'ahead']],
      [ahead, ['first', 'ahead', 'after']],
      [after, ['first', 'ahead', 'after', 'second']],
    ] as const) {
      one?.end();
      await settled();
      expect(begun).toEqual(next);
    }
    second?.end();
    await Promise.all(all);
  });

  it('holds no turn of another aggregate up, and its failure is its own', async () => {
    const [turns, begun] = [new AggregateTurns(), [] as string[]];
    const failing = turns.aheadOfTurns('A', () => Promise.reject(new Error('no')));
    const both = turns.inTurn(['A', 'B'], async () => begun.push('both'));
    await expect(failing).rejects.toThrow('no');
    await both;
    expect(begun).toEqual(['both']);
  });
});
