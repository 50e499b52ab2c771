import { AsyncLocalStorage } from 'node:async_hooks';
import { writeFor } from '@meridian/fencing';
import { type Span, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AggregateTurns } from './aggregate-turns.ts';
import { SharedTurns } from './shared-turns.ts';

/** Turns whose work notes what it was given, and ends when it is told to. */
function startTurns({ most = 16 } = {}) {
  const [turns, given] = [new AggregateTurns(), [] as string[][]];
  const ends: ((failure?: Error) => void)[] = [];
  const shared = new SharedTurns<string, string>({
    ...{ turns, most },
    carryOut: async (asked) => {
      given.push(asked.map(({ item }) => item));
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      ends.push((failure) => (failure ? reject(failure) : resolve()));
      await promise;
      return asked.map(({ item }) => `${item} done`);
    },
  });
  return { turns, shared, given, end: (turn: number, failure?: Error) => ends[turn]?.(failure) };
}
afterEach(() => vi.restoreAllMocks());
/** Whatever is due to begin has begun. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('what waits for the turn of the same aggregates', () => {
  it('is carried out in one turn, in the order of asking, and each hears of its own', async () => {
    const { shared, given, end } = startTurns();
    const first = shared.ask(['A'], 'first');
    await settled();
    const rest = ['second', 'third'].map((item) => shared.ask(['A'], item));
    await settled();
    expect(given).toEqual([['first']]);
    end(0);
    await settled();
    expect(given).toEqual([['first'], ['second', 'third']]);
    end(1);
    expect(await Promise.all([first, ...rest])).toEqual(['first done', 'second done', 'third done']);
  });

  it('is of the same whatever the order in which they are named, and apart from what is about others, too', async () => {
    const { shared, given, end } = startTurns();
    const asked = [
      shared.ask(['A', 'B'], 'one'),
      shared.ask(['B', 'A'], 'two'),
      shared.ask(['A'], 'three'),
      shared.ask(['C'], 'four'),
    ];
    await settled();
    expect(given).toEqual([['one', 'two'], ['four']]);
    end(0);
    await settled();
    expect(given[2]).toEqual(['three']);
    for (const turn of [1, 2]) end(turn);
    await Promise.all(asked);
  });

  it('is carried out apart when it is written on behalf of somebody else, as a fence refuses one and not the other', async () => {
    const { shared, given, end } = startTurns();
    const asked = [shared.ask(['A'], 'a client'), writeFor('peer', () => shared.ask(['A'], 'a peer'))];
    for (const turn of [0, 1]) {
      await settled();
      end(turn);
    }
    await Promise.all(asked);
    expect(given).toEqual([['a client'], ['a peer']]);
  });

  it('is no more than `most` in one turn', async () => {
    const { shared, given, end } = startTurns({ most: 2 });
    const asked = ['one', 'two', 'three', 'four', 'five'].map((item) => shared.ask(['A'], item));
    for (const turn of [0, 1, 2]) {
      await settled();
      end(turn);
    }
    await Promise.all(asked);
    expect(given).toEqual([['one', 'two'], ['three', 'four'], ['five']]);
  });

  it('fails together, and what comes after does not', async () => {
    const { shared, end } = startTurns();
    const failing = Promise.allSettled(['one', 'two'].map((item) => shared.ask(['A'], item)));
    await settled();
    const next = Promise.allSettled([shared.ask(['A'], 'three')]);
    end(0, new Error('no'));
    await settled();
    end(1);
    expect([...(await failing), ...(await next)]).toMatchObject([
      { status: 'rejected', reason: { message: 'no' } },
      { status: 'rejected', reason: { message: 'no' } },
      { status: 'fulfilled', value: 'three done' },
    ]);
  });

  it('can each be seen to as itself', async () => {
    const who = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const shared = new SharedTurns<string, string>({
      ...{ turns: new AggregateTurns(), most: 16 },
      carryOut: async (asked) => {
        await settled();
        for (const { item, asItself } of asked) seen.push([item, asItself(() => who.getStore())]);
        return asked.map(({ item }) => item);
      },
    });
    await Promise.all(['one', 'two'].map((item) => who.run(`author of ${item}`, () => shared.ask(['A'], item))));
    expect(seen).toEqual([
      ['one', 'author of one'],
      ['two', 'author of two'],
    ]);
  });

  it('waits for other work of its aggregates, and lets it go first that asked first', async () => {
    const { turns, shared, given, end } = startTurns();
    const { promise, resolve } = Promise.withResolvers<void>();
    const other = turns.inTurn(['A'], () => promise);
    const asked = ['one', 'two'].map((item) => shared.ask(['A'], item));
    await settled();
    expect(given).toEqual([]);
    resolve();
    await settled();
    expect(given).toEqual([['one', 'two']]);
    end(0);
    await Promise.all([other, ...asked]);
  });

  it('has its statements in a trace that is recorded, if any is, and the others lead there', async () => {
    const linked: string[] = [];
    const spanOf = (name: string, isRecorded: boolean) =>
      ({
        isRecording: () => isRecorded,
        spanContext: () => ({ traceId: name, spanId: name, traceFlags: isRecorded ? 1 : 0 }),
        setAttribute: () => undefined,
        addLink: (link: { context: { traceId: string } }) => linked.push(`${name} to ${link.context.traceId}`),
      }) as unknown as Span;
    const who = new AsyncLocalStorage<Span>();
    vi.spyOn(trace, 'getActiveSpan').mockImplementation(() => who.getStore());
    const ranAs: string[] = [];
    const shared = new SharedTurns<string, string>({
      ...{ turns: new AggregateTurns(), most: 16 },
      carryOut: async (asked) => {
        ranAs.push(who.getStore()?.spanContext().traceId as string);
        return asked.map(({ item }) => item);
      },
    });
    const ask = (name: string, isRecorded: boolean) => who.run(spanOf(name, isRecorded), () => shared.ask(['A'], name));
    await Promise.all([ask('one', false), ask('two', true), ask('three', true)]);
    await Promise.all([ask('four', false), ask('five', false)]);
    expect(ranAs).toEqual(['two', 'four']);
    expect(linked).toEqual(['one to two', 'three to two', 'five to four']);
  });
});
