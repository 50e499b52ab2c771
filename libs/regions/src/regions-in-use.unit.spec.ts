import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostOut, regionsInUse, type Seen } from './index.ts';

const HALF = 0.5;
const all = { us: true, eu: true, ap: true };
const used = (us: Seen, eu: Seen, ap: Seen, before = all) => regionsInUse({ us, eu, ap }, before, HALF);

describe('which regions are in use', () => {
  it('all that are well', () => expect(used('well', 'well', 'well')).toEqual(all));

  it('not the one that is silent', () => expect(used('well', 'silent', 'well')).toEqual({ ...all, eu: false }));

  it('the second one that falls silent all the same, whatever the first was put out for', () => {
    const withoutEu = { ...all, eu: false };
    expect(used('silent', 'silent', 'well', withoutEu)).toEqual(withoutEu);
    expect(used('silent', 'lost', 'silent')).toEqual(withoutEu);
    expect(used('silent', 'erring', 'well')).toEqual(withoutEu);
  });

  it('none that are lost, however many they are', () => {
    expect(used('lost', 'lost', 'well')).toEqual({ us: false, eu: false, ap: true });
    expect(used('lost', 'lost', 'lost')).toEqual({ us: false, eu: false, ap: false });
  });

  it('not again the one that silence had put out, when another one is lost', () => {
    expect(used('lost', 'silent', 'well', { ...all, eu: false })).toEqual({ us: false, eu: false, ap: true });
  });

  it('one that was silent and kept in use is put out once there is room for it', () => {
    expect(used('silent', 'well', 'well', { ...all, eu: false })).toEqual({ ...all, us: false });
  });
});

it.each([
  [1, 1],
  [2, 1],
  [3, 1],
  [4, 2],
  [9, 4],
])('of %i regions at most %i may be out', (regions, most) => {
  expect(mostOut(regions, HALF)).toBe(most);
});

describe('whatever was seen', () => {
  const seen = fc.constantFrom<Seen>('well', 'silent', 'erring', 'lost');
  const perRegion = <T>(value: fc.Arbitrary<T>) =>
    fc.array(value, { minLength: 1, maxLength: 6 }).map((of) => Object.fromEntries(of.map((v, i) => [`r${i}`, v])));
  const question = perRegion(fc.tuple(seen, fc.boolean())).map((of) => ({
    now: Object.fromEntries(Object.entries(of).map(([region, [what]]) => [region, what])),
    before: Object.fromEntries(Object.entries(of).map(([region, [, was]]) => [region, was])),
  }));
  const part = fc.double({ min: 0, max: 1, noNaN: true });

  it('R25 silence puts out a part of the regions at most, and never what would make it more', () => {
    fc.assert(
      fc.property(question, part, ({ now, before }, largestPart) => {
        const inUse = regionsInUse(now, before, largestPart);
        const regions = Object.keys(now);
        const out = regions.filter((region) => !inUse[region]);
        const putOutNow = out.filter((region) => now[region] === 'silent' && before[region]);
        if (putOutNow.length > 0) expect(out.length).toBeLessThanOrEqual(mostOut(regions.length, largestPart));
      }),
    );
  });

  it('R25 what is lost is out, and what is well in use', () => {
    fc.assert(
      fc.property(question, part, ({ now, before }, largestPart) => {
        const inUse = regionsInUse(now, before, largestPart);
        for (const [region, what] of Object.entries(now)) {
          if (what === 'lost' || what === 'erring') expect(inUse[region]).toBe(false);
          if (what === 'well') expect(inUse[region]).toBe(true);
        }
      }),
    );
  });
});
