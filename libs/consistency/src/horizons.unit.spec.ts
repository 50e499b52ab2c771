import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingRegions, stalenessMs } from './coverage.ts';
import { appliedHorizon, holdHorizon, type PartitionHorizon, reachHorizon, releaseHorizon } from './horizons.ts';
import { stampHorizons } from './stamp-horizons.ts';

const at = (reached: string, atMs = 0): PartitionHorizon => ({ reached, atMs, holds: [] });

describe('a horizon', () => {
  it('never goes back: a duplicate has an older stamp', () => {
    const reached = reachHorizon(reachHorizon(undefined, { horizon: '10', atMs: 5 }), { horizon: '9', atMs: 4 });
    expect(appliedHorizon(reached)).toEqual({ horizon: '10', atMs: 5 });
  });

  it('stands still behind a record that was not applied, in number and in time, until that is', () => {
    let known: PartitionHorizon = reachHorizon(undefined, { horizon: '10', atMs: 100 });
    known = holdHorizon(known, 'users.v1/0/7');
    known = reachHorizon(known, { horizon: '20', atMs: 200 });
    expect(appliedHorizon(known)).toEqual({ horizon: '10', atMs: 100 });
    expect(appliedHorizon(releaseHorizon(known, 'users.v1/0/7'))).toEqual({ horizon: '20', atMs: 200 });
  });

  it('stands behind the first of several, each released by itself, and told twice is told once', () => {
    let known: PartitionHorizon = holdHorizon(at('10'), 'a');
    known = holdHorizon(reachHorizon(known, { horizon: '15', atMs: 0 }), 'b');
    known = holdHorizon(reachHorizon(known, { horizon: '20', atMs: 0 }), 'a');
    expect(known.holds).toHaveLength(2);
    expect(appliedHorizon(releaseHorizon(known, 'b'))?.horizon).toBe('10');
    expect(appliedHorizon(releaseHorizon(known, 'a'))?.horizon).toBe('15');
  });

  it('is none while nothing was heard', () => expect(appliedHorizon(undefined)).toBeUndefined());
});

describe('coverage', () => {
  const horizons = { 'us-east': { 0: at('11'), 1: at('5') }, 'ap-southeast': { 0: at('100') } };
  const missing = (needs: Record<string, string>, partitions: number[]) =>
    missingRegions(needs, { here: 'eu-west', horizons, partitions });

  it('is given when the horizon has passed the number: the horizon itself is not promised', () => {
    expect(missing({ 'us-east': '10' }, [0])).toEqual([]);
    expect(missing({ 'us-east': '11' }, [0])).toEqual(['us-east']);
  });
  it('of a key is that of its partition alone; of all, that of the last', () => {
    expect(missing({ 'us-east': '10' }, [0])).toEqual([]);
    expect(missing({ 'us-east': '10' }, [0, 1])).toEqual(['us-east']);
  });
  it('of a region that has not been heard of is not given', () =>
    expect(missing({ 'ap-southeast': '1', mars: '1' }, [1])).toEqual(['ap-southeast', 'mars']));
  it('of what this region wrote itself is always given', () =>
    expect(missing({ 'eu-west': '9999' }, [0, 1])).toEqual([]));
  it('compares numbers, not texts', () => expect(missing({ 'ap-southeast': '99' }, [0])).toEqual([]));
});

describe('staleness', () => {
  const horizons = { 'us-east': { 0: at('1', 900), 1: at('1', 400) }, 'ap-southeast': { 0: at('1', 700) } };
  it('is the age of what is furthest behind', () => {
    expect(stalenessMs(['us-east'], { horizons, partitions: [0], nowMs: 1_000 })).toBe(100);
    expect(stalenessMs(['us-east'], { horizons, partitions: [0, 1], nowMs: 1_000 })).toBe(600);
    expect(stalenessMs(['us-east', 'ap-southeast'], { horizons, partitions: [0], nowMs: 1_000 })).toBe(300);
  });
  it('is never below 0, though the other clock be ahead', () =>
    expect(stalenessMs(['us-east'], { horizons, partitions: [0], nowMs: 800 })).toBe(0));
  it('is not known of a region that was never heard', () =>
    expect(stalenessMs(['ap-southeast'], { horizons, partitions: [1], nowMs: 1_000 })).toBeUndefined());
});

/**
 * The whole of it against what it promises: rows in the order of their transactions, cut into batches, are stamped,
 * partitioned, delivered with duplicates and applied up to anywhere; what the horizon then calls covered must be there.
 */
it('whatever the horizon calls covered has been applied, wherever the consumer stands', () =>
  fc.assert(
    fc.property(
      fc.array(fc.record({ tx: fc.integer({ min: 1, max: 12 }), lane: fc.constantFrom('0', '1', '2') }), {
        maxLength: 30,
      }),
      fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(40), { minLength: 3, maxLength: 3 }),
      fc.integer({ min: 0, max: 2 }),
      (unsorted, sizes, applied, repeat) => {
        const rows = unsorted.toSorted((a, b) => a.tx - b.tx);
        const lanes: { tx: number; stamp: string }[][] = [[], [], []];
        for (let i = 0, n = 0; i < rows.length; n += 1) {
          const batch = rows.slice(i, i + (sizes[n % sizes.length] as number));
          i += batch.length;
          // The last row's own number when the batch was cut by its size: more of its transaction may follow.
          const bound = i < rows.length ? String((rows[i] as { tx: number }).tx) : '13';
          const stamps = stampHorizons(
            batch.map(({ tx, lane }) => ({ transaction: String(tx), lane })),
            bound,
          );
          for (let times = 0; times <= repeat; times += 1)
            for (const [at, { tx, lane }] of batch.entries())
              lanes[Number(lane)]?.push({ tx, stamp: stamps[at] as string });
        }
        for (const [lane, records] of lanes.entries()) {
          const done = records.slice(0, applied[lane]);
          const horizon = done.reduce<PartitionHorizon | undefined>(
            (known, { stamp }) => reachHorizon(known, { horizon: stamp, atMs: 0 }),
            undefined,
          );
          const have = done.map(({ tx }) => tx);
          for (const { tx } of records) {
            const covered = missingRegions(
              { a: String(tx) },
              { here: 'b', horizons: horizon ? { a: { 0: horizon } } : {}, partitions: [0] },
            );
            // All of it: a transaction may have several rows in one partition.
            const all = records.filter((r) => r.tx === tx).length;
            if (covered.length === 0)
              expect(have.filter((h) => h === tx).length).toBeGreaterThanOrEqual(all / (repeat + 1));
          }
          // And it is no idle promise: who has applied all, has all covered.
          if (done.length === records.length && records.length > 0)
            expect(
              missingRegions(
                { a: '12' },
                {
                  here: 'b',
                  horizons: { a: { 0: reachHorizon(horizon, { horizon: '13', atMs: 0 }) } },
                  partitions: [0],
                },
              ),
            ).toEqual([]);
        }
      },
    ),
    { numRuns: 10_000 },
  ));

it('a stamp is the next number of its own partition, and the bound for the last of each', () =>
  expect(
    stampHorizons(
      [
        { lane: 'a', transaction: '5' },
        { lane: 'a', transaction: '5' },
        { lane: 'b', transaction: '6' },
        { lane: 'a', transaction: '7' },
      ],
      '10',
    ),
  ).toEqual(['5', '7', '10', '10']));
