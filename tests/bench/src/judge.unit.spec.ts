import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';

const LAG = 'lag';
const limit = { figure: LAG, atLeast: 42.5, why: 'light needs half a round trip' };
const goals = [{ figure: LAG, atMost: 75 }];
const lagsMs = (...samples: number[]) => ({ figures: { [LAG]: { unit: 'ms', samples } } });

describe('a limit', () => {
  it('is kept when no round beats it', () =>
    expect(judge({ limit, goals }, lagsMs(42.5, 60))).toMatchObject({ limit: { outcome: 'kept' }, credible: true }));

  it('beaten by one round makes the run incredible, however good the median', () =>
    expect(judge({ limit, goals }, lagsMs(50, 51, 41))).toMatchObject({
      limit: { outcome: 'beaten', beatenBy: [41] },
      credible: false,
    }));

  it('holds from above as well', () => {
    const ceiling = { figure: LAG, atMost: 50, why: 'a proxy is not faster than what it stands before' };
    expect(judge({ limit: ceiling, goals }, lagsMs(49, 51)).credible).toBe(false);
  });

  it('of which nothing was measured is not kept', () => {
    expect(judge({ limit, goals }, { figures: {} })).toMatchObject({ limit: { outcome: 'unknown' }, credible: false });
    expect(judge({ limit, goals }, lagsMs()).credible).toBe(false);
  });

  it('is not kept by what is no number', () =>
    expect(judge({ limit, goals }, lagsMs(Number.NaN)).credible).toBe(false));
});

describe('a goal', () => {
  it('is met by the median, one slow round or not', () =>
    expect(judge({ limit, goals }, lagsMs(60, 70, 200)).goals).toMatchObject([{ outcome: 'met', value: 70 }]));

  it('missed leaves the run credible: it is said, and that is all', () =>
    expect(judge({ limit, goals }, lagsMs(80))).toMatchObject({ goals: [{ outcome: 'missed' }], credible: true }));

  it('of which nothing was measured is neither met nor missed', () =>
    expect(judge({ limit, goals: [{ figure: 'other', atMost: 1 }] }, lagsMs(60)).goals).toMatchObject([
      { outcome: 'not measured', value: undefined },
    ]));
});
