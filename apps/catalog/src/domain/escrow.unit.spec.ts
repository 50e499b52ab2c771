import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addUnits, escrowOf, giveBack, handOver, regionsOf, rightsIn, takeOver, takeUnits } from './escrow.ts';
import { join, NOTHING, type ProductState } from './product-state.ts';
import { after, at, createTea, history, play, REGIONS, teaWith, v1 } from './products.fixture.ts';

const tea = teaWith({ 'eu-west': 5, 'us-east': 7 });
const with_ = (state: ProductState, delta: ProductState | undefined) => join(state, delta ?? NOTHING);
const rights = (state: ProductState) => Object.fromEntries(REGIONS.map((region) => [region, rightsIn(region, state)]));
const sum = (totals: Record<string, number>) => Object.values(totals).reduce((a, b) => a + b, 0);

describe('a product', () => {
  it('gives each region the share of its creation', () =>
    expect(rights(tea)).toEqual({ 'ap-southeast': 0, 'eu-west': 5, 'us-east': 7 }));
  it('that is created in two regions at once has the stock that was declared once', () => {
    const there = after(NOTHING, createTea({ 'eu-west': 5, 'us-east': 7 }), at(2, 'us-east'));
    expect(rights(join(tea, there))).toEqual(rights(tea));
  });
  it('names the regions that its stock has to do with', () =>
    expect(regionsOf(with_(tea, handOver(tea, 'ap-southeast', 1, at(2))))).toEqual([...REGIONS]));
});

describe('a region', () => {
  it('takes units out of its share, and no more than it has', () => {
    const taken = with_(tea, takeUnits(tea, 3, at(2)));
    expect(rights(taken)).toMatchObject({ 'eu-west': 2, 'us-east': 7 });
    expect(takeUnits(taken, 3, at(3))).toBeUndefined();
  });
  it('that has used its share has its own word on it, against a creation that it had not heard of', () => {
    const taken = with_(tea, takeUnits(tea, 3, at(2)));
    const other = after(NOTHING, createTea({ 'eu-west': 1 }), at(9, 'us-east'));
    expect(rightsIn('eu-west', join(taken, other))).toBe(2);
  });
  it('that nothing was given to has said so once it uses what it got', () => {
    const restocked = with_(tea, addUnits(tea, 4, at(2, 'ap-southeast')));
    const other = after(NOTHING, createTea({ 'ap-southeast': 9 }), at(9, 'us-east'));
    expect(rightsIn('ap-southeast', join(restocked, other))).toBe(4);
  });
  it('gives back what it took', () => {
    const taken = with_(tea, takeUnits(tea, 3, at(2)));
    const back = with_(taken, giveBack(taken, 3, at(3)));
    expect([rights(back), escrowOf(back).refunded]).toEqual([rights(tea), { 'eu-west': 3 }]);
  });
  it('gives back, too, what was taken before there was a counter', () => {
    const old: ProductState = { fields: {}, stock: { 'eu-west': v1(2, 1, 'eu-west') } };
    const taken = with_(old, takeUnits(old, 1, at(2)));
    const back = with_(taken, giveBack(taken, 3, at(3)));
    expect([rightsIn('eu-west', back), escrowOf(back).refunded]).toEqual([4, { 'eu-west': 1 }]);
  });
  it('hands over what it holds, usable where it is heard of, and no more', () => {
    const given = with_(tea, handOver(tea, 'us-east', 5, at(2)));
    expect(rights(given)).toMatchObject({ 'eu-west': 0, 'us-east': 12 });
    expect(handOver(given, 'us-east', 1, at(3))).toBeUndefined();
  });
  it('takes over what one that is gone held, its share too, when it never said a word', () => {
    const reclaimed = with_(tea, takeOver(tea, 'us-east', at(2)));
    expect(rights(reclaimed)).toMatchObject({ 'eu-west': 12, 'us-east': 0 });
  });
});

describe('I3: whatever regions do and hear', () => {
  it('no region has fewer rights than 0 by its own copy, and all together have what was stocked and not sold', () =>
    fc.assert(
      fc.property(history, (steps) => {
        const { regions, deltas } = play(steps, (region, state) => {
          expect(rightsIn(region, state)).toBeGreaterThanOrEqual(0);
        });
        const all = Object.values(regions).reduce(join, deltas.reduce(join, NOTHING));
        const { granted, spent, refunded } = escrowOf(all);
        expect(sum(rights(all))).toBe(sum(granted) + sum(refunded) - sum(spent));
        for (const region of REGIONS) expect(rightsIn(region, all)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1_000 },
    ));
});
