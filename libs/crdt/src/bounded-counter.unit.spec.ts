import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BoundedCounter,
  EMPTY_COUNTER,
  grant,
  joinCounters,
  move,
  type RightsDecision,
  reclaim,
  refund,
  rightsOf,
  spend,
  totalRights,
} from './index.ts';
import { expectEqual, testLaw } from './laws.fixture.ts';

const joined = (counter: BoundedCounter, decision: RightsDecision) =>
  decision.ok ? joinCounters(counter, decision.delta) : expect.fail(`refused, holding ${decision.held}`);
const stockOf = (units: Record<string, number>) =>
  Object.entries(units).reduce((counter, [region, n]) => joined(counter, grant(counter, region, n)), EMPTY_COUNTER);

describe('rights', () => {
  test('are spent where they are held, and no others, though another region has plenty', () => {
    const stock = stockOf({ 'eu-west': 2, 'us-east': 100 });
    expect(spend(stock, 'eu-west', 3)).toEqual({ ok: false, reason: 'InsufficientRights', held: 2 });
    expect(rightsOf(joined(stock, spend(stock, 'eu-west', 2)), 'eu-west')).toBe(0);
  });

  test('that were handed over are gone here at once, and usable there with the delta', () => {
    const stock = stockOf({ 'us-east': 5 });
    const handover = move(stock, 'us-east', 'eu-west', 4);
    expect(rightsOf(joined(stock, handover), 'us-east')).toBe(1);
    const there = joined(EMPTY_COUNTER, handover);
    expect(spend(there, 'eu-west', 4).ok).toBe(true);
  });

  test('that are not held cannot be handed over', () => {
    expect(move(stockOf({ 'us-east': 5 }), 'us-east', 'eu-west', 6)).toMatchObject({ ok: false, held: 5 });
  });

  test('come back with a refund, which gives back no more than was taken', () => {
    const stock = stockOf({ 'eu-west': 3 });
    const sold = joined(stock, spend(stock, 'eu-west', 2));
    expect(refund(sold, 'eu-west', 3)).toEqual({ ok: false, reason: 'InsufficientRights', held: 2 });
    const back = joined(sold, refund(sold, 'eu-west', 2));
    expect([rightsOf(back, 'eu-west'), totalRights(back)]).toEqual([3, 3]);
    expect(refund(back, 'eu-west', 1).ok).toBe(false);
  });

  test('of a region named like what every object inherits are counted from 0', () => {
    expect(rightsOf(EMPTY_COUNTER, 'constructor')).toBe(0);
    expect(rightsOf(stockOf({ __proto__x: 1, constructor: 2 }), 'constructor')).toBe(2);
  });

  test('are whole units: a fraction, a negative number or one too great to be exact is a mistake of the caller', () => {
    const full = stockOf({ 'eu-west': 10 });
    const stock = joined(full, spend(full, 'eu-west', 5));
    for (const units of [-1, 0.5, Number.NaN]) {
      expect(() => spend(stock, 'eu-west', units)).toThrow(RangeError);
      expect(() => move(stock, 'eu-west', 'us-east', units)).toThrow(RangeError);
      expect(() => refund(stock, 'eu-west', units)).toThrow(RangeError);
      expect(() => grant(stock, 'eu-west', units)).toThrow(RangeError);
    }
    expect(() => grant(stock, 'eu-west', Number.MAX_SAFE_INTEGER)).toThrow(RangeError);
  });

  test('a delta holds the entry that changed and nothing else', () => {
    const stock = stockOf({ 'eu-west': 10, 'us-east': 7 });
    expect(spend(stock, 'eu-west', 4)).toEqual({ ok: true, delta: { ...EMPTY_COUNTER, spent: { 'eu-west': 4 } } });
    expect(move(stock, 'eu-west', 'us-east', 3)).toEqual({
      ok: true,
      delta: { ...EMPTY_COUNTER, moved: { 'eu-west>us-east': 3 } },
    });
  });
});

/**
 * A schedule: what the regions do, each on its own copy, and what of it arrives where. Every delta, and on some steps a
 * region's whole copy, is in `sent` for ever, and a delivery picks any of it for any region: so messages are late, out of
 * order, repeated, and, those that are never picked, lost.
 */
const kinds = ['grant', 'spend', 'spend', 'refund', 'move', 'tellAll', 'deliver', 'deliver'] as const;
const step = fc.tuple(fc.constantFrom(...kinds), fc.nat(4), fc.nat(4), fc.nat(6), fc.nat(1_000));
const schedule = fc.tuple(fc.integer({ min: 2, max: 5 }), fc.array(step, { maxLength: 30, size: 'max' }));
type Schedule = typeof schedule extends fc.Arbitrary<infer S> ? S : never;

/** Runs a schedule and counts what the regions did by itself, not from their states. */
function run([regionCount, steps]: Schedule, afterEachStep: (held: number[], left: number) => void) {
  const ids = ['us-east', 'eu-west', 'ap-southeast', 'sa-east', 'af-south'].slice(0, regionCount);
  const copies = ids.map(() => EMPTY_COUNTER);
  const sent = [EMPTY_COUNTER];
  let left = 0;
  for (const [kind, at, peer, units, message] of steps) {
    const here = at % regionCount;
    const [id = '', to = '', copy = EMPTY_COUNTER] = [ids[here], ids[peer % regionCount], copies[here]];
    const accepted = (decision: RightsDecision) => {
      if (!decision.ok) return false;
      copies[here] = joinCounters(copy, decision.delta);
      sent.push(decision.delta);
      return true;
    };
    if (kind === 'grant' && accepted(grant(copy, id, units))) left += units;
    if (kind === 'spend' && accepted(spend(copy, id, units))) left -= units;
    if (kind === 'refund' && accepted(refund(copy, id, units))) left += units;
    if (kind === 'move') accepted(move(copy, id, to, units));
    if (kind === 'tellAll') sent.push(copy);
    if (kind === 'deliver') copies[here] = joinCounters(copy, sent[message % sent.length] ?? EMPTY_COUNTER);
    afterEachStep(
      ids.map((region, i) => rightsOf(copies[i] ?? EMPTY_COUNTER, region)),
      left,
    );
  }
  return { ids, all: copies.reduce(joinCounters), left };
}
const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

describe('under loss, repetition and reordering, between 2 to 5 regions', () => {
  const bounded = (held: number[], left: number) => {
    if (left < 0) expect.fail(`${-left} more were spent than granted and refunded`);
    if (held.some((rights) => rights < 0)) expect.fail(`a region holds less than nothing: ${held}`);
    // What is on its way is nobody's: the regions never hold more together than there is.
    if (sum(held) > left) expect.fail(`${sum(held)} are held where ${left} are left`);
  };
  testLaw(
    'no more is spent than was granted and no region holds less than nothing, after every step',
    fc.property(schedule, (s) => void run(s, bounded)),
  );

  testLaw(
    'rights are conserved: once all is known everywhere, the regions hold what was granted and not spent',
    fc.property(schedule, (s) => {
      const { ids, all, left } = run(s, () => {});
      const held = ids.map((id) => rightsOf(all, id));
      expectEqual([sum(held), totalRights(all)], [left, left]);
      if (held.some((rights) => rights < 0)) expect.fail(`a region holds less than nothing: ${held}`);
    }),
  );
});

describe('reclaiming the rights of a region that is gone for good', () => {
  const stock = stockOf({ 'us-east': 5, 'eu-west': 5 });
  const sold = (counter: BoundedCounter) => counter.spent;

  test('gives all that is known of them to one region, once the lost one is fenced', () => {
    const after = joinCounters(stock, reclaim(stock, 'us-east', 'eu-west'));
    expect([rightsOf(after, 'us-east'), rightsOf(after, 'eu-west'), totalRights(after)]).toEqual([0, 10, 10]);
  });

  test('again, by the same region, takes nothing more', () => {
    const after = joinCounters(stock, reclaim(stock, 'us-east', 'eu-west'));
    expect(joinCounters(after, reclaim(after, 'us-east', 'eu-west'))).toEqual(after);
  });

  test('oversells when the region is not fenced: it goes on spending what was reclaimed', () => {
    const reclaimed = joinCounters(stock, reclaim(stock, 'us-east', 'eu-west'));
    const survivor = joined(reclaimed, spend(reclaimed, 'eu-west', 10));
    const cutOffButAlive = joined(stock, spend(stock, 'us-east', 5));
    const healed = joinCounters(survivor, cutOffButAlive);
    expect(sold(healed)).toEqual({ 'eu-west': 10, 'us-east': 5 });
    expect(totalRights(healed)).toBe(-5);
  });

  test('does not oversell when the epoch refuses what the fenced region wrote since', () => {
    const reclaimed = joinCounters(stock, reclaim(stock, 'us-east', 'eu-west'));
    const survivor = joined(reclaimed, spend(reclaimed, 'eu-west', 10));
    // What us-east did under the old epoch is not joined anywhere; under the new one it holds nothing.
    expect(spend(survivor, 'us-east', 1)).toMatchObject({ ok: false, held: 0 });
    expect(totalRights(survivor)).toBe(0);
  });

  test('oversells when two regions reclaim at once, so an epoch names one of them', () => {
    const three = joined(stock, grant(stock, 'ap-southeast', 0));
    const here = joinCounters(three, reclaim(three, 'us-east', 'eu-west'));
    const there = joinCounters(three, reclaim(three, 'us-east', 'ap-southeast'));
    const both = joinCounters(joined(here, spend(here, 'eu-west', 10)), joined(there, spend(there, 'ap-southeast', 5)));
    expect(totalRights(both)).toBe(-5);
  });

  test('by schedule: there is one with a living region in which more is sold than was granted', () => {
    const oversold = (before: number, there: number, here: number) => {
      const start = take(stock, 'us-east', before);
      const survivor = joinCounters(start, reclaim(start, 'us-east', 'eu-west'));
      return totalRights(joinCounters(take(survivor, 'eu-west', here), take(start, 'us-east', there))) < 0;
    };
    const take = (counter: BoundedCounter, region: string, n: number) => {
      const decision = spend(counter, region, n);
      return decision.ok ? joinCounters(counter, decision.delta) : counter;
    };
    const never = fc.property(fc.nat(6), fc.nat(6), fc.nat(12), (...units) => !oversold(...units));
    expect(fc.check(never).failed).toBe(true);
  });
});
