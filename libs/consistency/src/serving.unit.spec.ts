import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { homeOf } from './home-of.ts';
import { CONSISTENCY_LEVELS, parseLevel } from './level.ts';
import { afterLocalWrite, afterRemoteWrite, NO_DEPS, tokenOfRow } from './row-deps.ts';
import { decideServing, type Standing } from './serving.ts';

const standing = (over: Partial<Standing> = {}): Standing => ({
  level: 'session',
  here: 'eu-west',
  others: ['us-east', 'ap-southeast'],
  missing: [],
  home: 'eu-west',
  waitedMs: 0,
  budgetMs: 1_000,
  forwarded: false,
  ...over,
});

describe('a level', () => {
  it.each([
    [undefined, false, 'eventual'],
    [undefined, true, 'session'],
    ['eventual', true, 'eventual'],
    ['session', false, 'session'],
    [' Strong ', false, 'strong'],
  ])('%s with a token: %s is %s', (text, hasToken, level) =>
    expect(parseLevel(text as string | undefined, hasToken as boolean)).toEqual({ ok: true, level }),
  );
  it.each(['', 'linearizable', 'session,strong'])('"%s" is refused, not guessed', (text) =>
    expect(parseLevel(text, false)).toEqual({ ok: false, reason: 'UnknownLevel' }),
  );
});

describe('what to do with a request', () => {
  it('eventual: serve, whatever is missing', () =>
    expect(decideServing(standing({ level: 'eventual', missing: ['us-east'] }))).toEqual({ do: 'serve' }));
  it('session: serve what is covered', () => expect(decideServing(standing())).toEqual({ do: 'serve' }));
  it('session: wait while there is time', () =>
    expect(decideServing(standing({ missing: ['us-east'], waitedMs: 400 }))).toEqual({ do: 'wait', upToMs: 600 }));
  it('session: then ask first the regions whose writes are missing', () =>
    expect(decideServing(standing({ missing: ['ap-southeast'], waitedMs: 1_000 }))).toEqual({
      do: 'forward',
      to: ['ap-southeast', 'us-east'],
    }));
  it('session: what was forwarded is not forwarded again', () =>
    expect(decideServing(standing({ missing: ['us-east'], waitedMs: 1_000, forwarded: true }))).toEqual({
      do: 'refuse',
      reason: 'NotCovered',
    }));
  it('strong: goes home at once, without waiting here', () =>
    expect(decideServing(standing({ level: 'strong', home: 'us-east', missing: ['us-east'] }))).toEqual({
      do: 'forward',
      to: ['us-east'],
    }));
  it('strong: at home it is a session as well, which nobody else may answer', () => {
    const atHome = standing({ level: 'strong', missing: ['us-east'] });
    expect(decideServing(atHome)).toEqual({ do: 'wait', upToMs: 1_000 });
    expect(decideServing({ ...atHome, waitedMs: 1_000 })).toEqual({ do: 'refuse', reason: 'NotCovered' });
  });
  it('strong: is refused where the home is not known, and where it was sent to the wrong one', () => {
    expect(decideServing(standing({ level: 'strong', home: undefined }))).toEqual({
      do: 'refuse',
      reason: 'HomeUnknown',
    });
    expect(decideServing(standing({ level: 'strong', home: 'us-east', forwarded: true }))).toEqual({
      do: 'refuse',
      reason: 'NotHome',
    });
  });

  describe('strong: where a home has moved', () => {
    const sentHere = standing({ level: 'strong', home: 'us-east', forwarded: true });
    it('who gave it away sends on what still comes for it', () =>
      expect(decideServing({ ...sentHere, laterMove: 'here' })).toEqual({ do: 'forward', to: ['us-east'] }));
    it('who is to be the home waits until it has heard of it, and then refuses', () => {
      const told = { ...sentHere, laterMove: 'sender' } as const;
      expect(decideServing({ ...told, waitedMs: 400 })).toEqual({ do: 'wait', upToMs: 600 });
      expect(decideServing({ ...told, home: undefined })).toMatchObject({ do: 'wait' });
      expect(decideServing({ ...told, waitedMs: 1_000 })).toEqual({ do: 'refuse', reason: 'NotHome' });
    });
    it('nor does who takes itself for the home serve what the sender knows to have moved since', () => {
      const mine = standing({ level: 'strong', home: 'eu-west', forwarded: true, laterMove: 'sender' });
      expect(decideServing({ ...mine, waitedMs: 400 })).toEqual({ do: 'wait', upToMs: 600 });
      expect(decideServing({ ...mine, waitedMs: 1_000 })).toEqual({ do: 'refuse', reason: 'NotHome' });
    });
  });

  const region = fc.constantFrom('us-east', 'eu-west', 'ap-southeast');
  const any = fc.record({
    level: fc.constantFrom(...CONSISTENCY_LEVELS),
    missing: fc.uniqueArray(fc.constantFrom('us-east', 'ap-southeast')),
    home: fc.option(region, { nil: undefined }),
    waitedMs: fc.nat(2_000),
    forwarded: fc.boolean(),
    laterMove: fc.constantFrom(undefined, 'here' as const, 'sender' as const),
  });
  it('is never to serve less than was asked for, and never to go round in circles', () =>
    fc.assert(
      fc.property(any, (over) => {
        const decision = decideServing(standing(over));
        if (decision.do === 'serve' && over.level !== 'eventual') expect(over.missing).toEqual([]);
        if (decision.do === 'serve' && over.level === 'strong') {
          expect(over.home).toBe('eu-west');
          expect(over.forwarded && over.laterMove === 'sender').toBe(false);
        }
        if (decision.do !== 'forward') return;
        if (over.forwarded) expect([over.level, over.laterMove]).toEqual(['strong', 'here']);
        expect(decision.to).not.toContain('eu-west');
        expect(new Set(decision.to).size).toBe(decision.to.length);
      }),
      { numRuns: 10_000 },
    ));
  it('ends: who has waited the budget waits no more', () =>
    fc.assert(
      fc.property(any, (over) => {
        expect(decideServing(standing({ ...over, waitedMs: 1_000 })).do).not.toBe('wait');
      }),
      { numRuns: 10_000 },
    ));
});

describe('the home of an aggregate', () => {
  const regions = ['us-east', 'eu-west', 'ap-southeast'];
  const ids = Array.from({ length: 9_000 }, (_, i) => `KIT-${String(i).padStart(5, '0')}`);
  it('does not depend on the order in which the regions are listed', () =>
    fc.assert(
      fc.property(fc.uuid(), fc.shuffledSubarray(regions, { minLength: 3 }), (id, shuffled) => {
        expect(homeOf(id, shuffled)).toBe(homeOf(id, regions));
      }),
      { numRuns: 10_000 },
    ));
  it('is spread evenly, also over ids that count up', () => {
    for (const region of regions) {
      const share = ids.filter((id) => homeOf(id, regions) === region).length / ids.length;
      expect(share).toBeGreaterThan(0.31);
      expect(share).toBeLessThan(0.36);
    }
  });
  it('moves only to a region that comes, and only from one that goes', () => {
    const more = [...regions, 'sa-east'];
    let moved = 0;
    for (const id of ids) {
      const [before, after] = [homeOf(id, regions), homeOf(id, more)];
      if (before === after) continue;
      moved += 1;
      expect(after).toBe('sa-east');
    }
    expect(moved / ids.length).toBeGreaterThan(0.22);
    expect(moved / ids.length).toBeLessThan(0.28);
  });
  it('is nowhere where there is no region', () => expect(() => homeOf('a', [])).toThrow('region'));
});

describe('what a row remembers', () => {
  const here = { service: 'user', here: 'eu-west' };
  it('of a write of another region: that it is here, and what its author had seen', () => {
    const row = afterRemoteWrite(NO_DEPS, { region: 'us-east', transaction: '9', after: { 'order/us-east': '4' } });
    expect(tokenOfRow('user', row)).toEqual({ 'user/us-east': '9', 'order/us-east': '4' });
    const older = afterRemoteWrite(row, { region: 'us-east', transaction: '8', after: {} });
    expect(older).toEqual(row);
  });
  it('of a write here: what the author had seen, and what others had written before', () => {
    const known = { writes: { 'us-east': '9', 'eu-west': '3' }, after: { 'order/us-east': '4' } };
    expect(afterLocalWrite(known, { 'catalog/eu-west': '2' }, here)).toEqual({
      writes: known.writes,
      after: { 'order/us-east': '4', 'catalog/eu-west': '2', 'user/us-east': '9' },
    });
  });
  it('not that a write here follows the write here before it: those keep their order in the partition', () =>
    expect(afterLocalWrite({ writes: { 'eu-west': '3' }, after: {} }, {}, here).after).toEqual({}));
});
