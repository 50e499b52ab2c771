import { expect, it } from 'vitest';
import { decideCommand, firstRoutingTable, type RegionCommand, type RoutingTable, sunSuccessor } from './index.ts';
import { topology } from './topology.fixture.ts';

const HOUR_MS = 3_600_000;
/** Midnight in UTC on a day without summer time. */
const MIDNIGHT = Date.parse('2026-01-14T00:00:00Z');
const regions = topology.regions.map(({ id }) => id);
const clock = { realStartMs: MIDNIGHT, startsAtMs: MIDNIGHT, speed: 1 };
const first = firstRoutingTable(regions);
const after = (table: RoutingTable, command: RegionCommand): RoutingTable => {
  const decision = decideCommand(table, command, 0);
  return decision.ok ? decision.table : table;
};
const sunny = (primary: string) => after(first, { kind: 'set-mode', mode: { kind: 'follow-the-sun', primary, clock } });

/** The primary hour by hour, when it is looked every six minutes; and how often it was handed over. */
function dayOf(start: RoutingTable): { seen: string[]; handOvers: number } {
  let table = start;
  const seen: string[] = [];
  let handOvers = 0;
  for (let tenth = 0; tenth < 480; tenth += 1) {
    const to = sunSuccessor(table, topology, MIDNIGHT + (tenth / 10) * HOUR_MS);
    if (to !== undefined) {
      table = after(table, { kind: 'hand-over', to });
      handOvers += 1;
    }
    if (tenth >= 240 && table.mode.kind !== 'active-active') seen.push(table.mode.primary);
  }
  return { seen, handOvers };
}

it('follows the sun round the world, once to each region a day', () => {
  const { seen, handOvers } = dayOf(sunny(regions[0] as string));
  expect(new Set(seen)).toEqual(new Set(regions));
  // The second day alone has as many as there are regions; the first began somewhere.
  expect(handOvers).toBeLessThanOrEqual(2 * regions.length + 1);
});

it('passes over a region that could not write', () => {
  const [out] = regions.slice(1) as [string];
  const { seen } = dayOf(after(sunny(regions[0] as string), { kind: 'drain', region: out }));
  expect(seen).not.toContain(out);
});

it('hands nothing over in another mode', () => {
  const passive = after(first, { kind: 'set-mode', mode: { kind: 'active-passive', primary: regions[0] as string } });
  for (let hour = 0; hour < 24; hour += 1)
    expect(sunSuccessor(passive, topology, MIDNIGHT + hour * HOUR_MS)).toBeUndefined();
});
