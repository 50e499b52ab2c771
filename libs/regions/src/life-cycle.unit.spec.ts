import { expect, it } from 'vitest';
import { LIFE_CYCLE, REGION_EVENTS, REGION_STATES, type RegionState } from './index.ts';

const SERVES = new Set<RegionState>(['active', 'failing-back', 'standby']);

function nextOf(state: RegionState): RegionState[] {
  return REGION_EVENTS.flatMap((event) => {
    const cell = LIFE_CYCLE[state][event];
    return typeof cell === 'object' && 'to' in cell ? [cell.to] : [];
  });
}

/** Every state that can be reached without setting foot in `closed`. */
function reachable(from: RegionState, closed: RegionState): Set<RegionState> {
  const seen = new Set<RegionState>();
  const visit = (state: RegionState): void => {
    for (const next of nextOf(state))
      if (next !== closed && !seen.has(next)) {
        seen.add(next);
        visit(next);
      }
  };
  visit(from);
  return seen;
}

it('R6 no path leads from failed to serving but through recovering', () => {
  expect([...reachable('failed', 'recovering')].filter((state) => SERVES.has(state))).toEqual([]);
  expect(reachable('failed', 'failed')).toContain('active');
});

it('R7 no region is active straight after it was out', () => {
  for (const state of ['evacuated', 'failed', 'recovering'] as const) expect(nextOf(state)).not.toContain('active');
});

it('R8 only a region that drains can be evacuated', () => {
  const from = REGION_STATES.filter((state) => nextOf(state).includes('evacuated'));
  expect(from).toEqual(['draining']);
});

it('can fail from every state, as nobody asks the region', () => {
  for (const state of REGION_STATES) if (state !== 'failed') expect(nextOf(state)).toContain('failed');
});

it('says why, of every event that it refuses', () => {
  for (const state of REGION_STATES)
    for (const event of REGION_EVENTS) {
      const cell = LIFE_CYCLE[state][event];
      if (typeof cell === 'object' && 'refused' in cell) expect(cell.refused).toMatch(/^[a-z].{20,}[^.]$/);
    }
});
