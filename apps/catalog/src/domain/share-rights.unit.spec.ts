import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Demand } from './demand.ts';
import { lowWaterMark, spareWanted, unitsToGive } from './share-rights.ts';

const giver = { held: 10, demandPerS: 0, owed: 0 };

describe('rights that orders wait for', () => {
  it('are given as far as they are held, also when they are wanted here soon', () => {
    expect(unitsToGive({ units: 4, spare: 0 }, { ...giver, demandPerS: 100 })).toBe(4);
    expect(unitsToGive({ units: 40, spare: 0 }, giver)).toBe(10);
  });
  it('come after what older orders wait for here', () => {
    expect(unitsToGive({ units: 4, spare: 0 }, { ...giver, owed: 8 })).toBe(2);
    expect(unitsToGive({ units: 4, spare: 4 }, { ...giver, owed: 12 })).toBe(0);
  });
});

describe('rights that are asked for in advance', () => {
  it('are given of what is above the low-water mark of the giver', () => {
    expect(unitsToGive({ units: 0, spare: 9 }, { ...giver, demandPerS: 1 })).toBe(10 - lowWaterMark(1));
    expect(unitsToGive({ units: 0, spare: 9 }, { ...giver, demandPerS: 100 })).toBe(0);
  });
  it('are given beside what orders wait for', () => expect(unitsToGive({ units: 3, spare: 4 }, giver)).toBe(7));
  it('are not asked for where nothing is sold, nor above the mark', () => {
    expect(spareWanted(0, 0)).toBe(0);
    expect(spareWanted(lowWaterMark(2), 2)).toBe(0);
    expect(spareWanted(lowWaterMark(2) - 1, 2)).toBeGreaterThan(0);
  });

  const region = fc.record({ held: fc.nat(60), demandPerS: fc.constantFrom(0, 0, 0.2, 1, 3, 10) });
  const regions = fc.array(region, { minLength: 2, maxLength: 5 });

  it('do not go to and fro: at one demand, every pair is asked once at most, and then nobody asks or nobody has any', () =>
    fc.assert(
      fc.property(regions, fc.infiniteStream(fc.nat()), (start, choices) => {
        const held = start.map((one) => one.held);
        const pairs = new Set<string>();
        const moves = () =>
          start.flatMap(({ demandPerS }, to) => {
            const spare = spareWanted(held[to] ?? 0, demandPerS);
            return start.flatMap((other, from) => {
              const giver = { held: held[from] ?? 0, demandPerS: other.demandPerS, owed: 0 };
              const units = from === to ? 0 : unitsToGive({ units: 0, spare }, giver);
              return units > 0 ? [{ from, to, units }] : [];
            });
          });
        for (let possible = moves(); possible.length > 0; possible = moves()) {
          const move = possible[(choices.next().value ?? 0) % possible.length];
          if (!move) return;
          const pair = `${move.from}>${move.to}`;
          expect(pairs.has(pair) || pairs.has(`${move.to}>${move.from}`)).toBe(false);
          pairs.add(pair);
          held[move.from] = (held[move.from] ?? 0) - move.units;
          held[move.to] = (held[move.to] ?? 0) + move.units;
        }
        for (const [i, { demandPerS }] of start.entries())
          expect(held[i]).toBeGreaterThanOrEqual(Math.min(start[i]?.held ?? 0, lowWaterMark(demandPerS)));
      }),
      { numRuns: 1_000 },
    ));

  it('between regions where nothing is sold never move', () =>
    fc.assert(fc.property(fc.nat(100), (held) => void expect(spareWanted(held, 0)).toBe(0))));
});

describe('demand', () => {
  it('is what was asked for lately, per second, and fades', () => {
    const demand = new Demand();
    for (let ms = 0; ms < 60_000; ms += 100) demand.note('TEA', 1, ms);
    expect(demand.perS('TEA', 60_000)).toBeCloseTo(10, 0);
    expect(demand.perS('TEA', 180_000)).toBeLessThan(0.01);
  });
  it('of one product is not that of another, and of an unknown one is none', () => {
    const demand = new Demand();
    demand.note('TEA', 1, 0);
    expect(demand.perS('CUP', 0)).toBe(0);
  });
  it('of products that nobody asks for any more is forgotten', () => {
    const demand = new Demand();
    for (let i = 0; i <= 10_000; i += 1) demand.note(`SKU-${i}`, 1, i * 1_000);
    expect((demand as unknown as { rates: Map<string, unknown> }).rates.size).toBeLessThan(100);
  });
});
