import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BoundedCounter,
  EMPTY_COUNTER,
  grant,
  joinCounters,
  move,
  type RightsDecision,
  refund,
  rightsOf,
  spend,
  totalRights,
  WRITTEN_OFF,
  writeOff,
} from './bounded-counter.ts';

const after = (counter: BoundedCounter, decision: RightsDecision) =>
  decision.ok ? joinCounters(counter, decision.delta) : counter;
const stocked = (units: Record<string, number>) =>
  Object.entries(units).reduce((all, [region, n]) => after(all, grant(all, region, n)), EMPTY_COUNTER);

describe('rights that were written off', () => {
  const before = after(stocked({ lost: 10, other: 5 }), spend(stocked({ lost: 10 }), 'lost', 4));
  const rebuilt = joinCounters(before, writeOff(before, 'lost'));

  it('are nobody\u2019s, and no longer counted as for sale', () => {
    expect([rightsOf(rebuilt, 'lost'), rightsOf(rebuilt, 'other'), totalRights(rebuilt)]).toEqual([0, 5, 5]);
    expect(rebuilt.moved).toEqual({ [`lost>${WRITTEN_OFF}`]: 6 });
  });
  it('are written off once, however often that is done', () =>
    expect(joinCounters(rebuilt, writeOff(rebuilt, 'lost'))).toEqual(rebuilt));
  it('do not keep the region from selling what it is given afterwards', () => {
    const given = after(rebuilt, move(rebuilt, 'other', 'lost', 3));
    expect(spend(given, 'lost', 3).ok).toBe(true);
    expect(spend(given, 'lost', 4).ok).toBe(false);
  });
});

/** A life as any region lives it: sells, takes back, is given rights; what is told of it is a prefix. */
const step = fc.record({ does: fc.constantFrom('spend', 'refund', 'receive'), units: fc.integer({ min: 1, max: 4 }) });
type Step = { does: string; units: number };

function live(start: BoundedCounter, steps: readonly Step[]): { states: BoundedCounter[]; sold: number } {
  const states = [start];
  let sold = 0;
  for (const { does, units } of steps) {
    const now = states.at(-1) as BoundedCounter;
    const decide = { spend: () => spend(now, 'lost', units), refund: () => refund(now, 'lost', units) };
    const decision =
      does === 'spend' || does === 'refund'
        ? decide[does]()
        : move(now, 'other', 'lost', Math.min(units, rightsOf(now, 'other')));
    if (decision.ok && does === 'spend') sold += units;
    if (decision.ok && does === 'refund') sold -= units;
    states.push(after(now, decision));
  }
  return { states, sold };
}

it('whatever a lost life had sold and not told, no more is ever sold than was stocked', () =>
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 12 }),
      fc.nat(12),
      fc.array(step, { maxLength: 12 }),
      fc.array(step, { maxLength: 6 }),
      (oldLife, told, newLife, afterwards) => {
        const old = live(stocked({ lost: 8, other: 8 }), oldLife);
        const end = old.states.at(-1) as BoundedCounter;
        const known = old.states[Math.min(told, oldLife.length)] as BoundedCounter;
        // What the other region did itself it has not lost: the rights that it handed over.
        const mine = { ...known, moved: { ...known.moved, ...end.moved } };
        const rebuilt = joinCounters(mine, writeOff(mine, 'lost'));
        const next = live(rebuilt, newLife);
        const last = live(next.states.at(-1) as BoundedCounter, afterwards);
        expect(
          old.sold + next.sold + last.sold + Math.max(0, rightsOf(last.states.at(-1) as BoundedCounter, 'other')),
        ).toBeLessThanOrEqual(16);
      },
    ),
    { numRuns: 10_000 },
  ));

it('without it there is a lost life after which more is sold than was stocked', () => {
  const oversold = (untold: number) => {
    const start = stocked({ lost: 8 });
    return (
      untold +
        live(start, [
          { does: 'spend', units: 4 },
          { does: 'spend', units: 4 },
        ]).sold >
      8
    );
  };
  expect(oversold(3)).toBe(true);
});
