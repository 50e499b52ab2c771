import type { RegionEvent, RegionId, RegionState, RoutingTable } from '@meridian/regions';
import { regions } from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { decide, tableAt } from './ask-control.ts';
import { edgeStatus, knownToAll } from './known-to-all.ts';

/** The way of a region back to `active`, a step at a time. */
const NEXT: Record<Exclude<RegionState, 'active'>, Exclude<RegionEvent, 'fail'>> = {
  draining: 'activate',
  evacuated: 'fail-back',
  failed: 'recover',
  standby: 'activate',
  recovering: 'fail-back',
  'failing-back': 'activate',
};
const HEALTHY_WITHIN_MS = 60_000;

/** As drills find the regions and have to leave them: active-active, every region active at its full weight, in use. */
export async function backToFirst(): Promise<void> {
  const at = regions[0] as RegionId;
  let table = await tableAt(at);
  if (table.mode.kind !== 'active-active')
    table = await decide(at, { kind: 'set-mode', mode: { kind: 'active-active' } });
  for (const region of regions) table = await activated(table, region, at);
  await knownToAll(table.epoch);
  await eventually(
    async () => {
      const sick = (await edgeStatus()).regions.filter((r: { healthy: boolean }) => !r.healthy);
      if (sick.length > 0) throw new Error(`the edge does not use ${sick.map((r: { why: string }) => r.why)}`);
    },
    { withinMs: HEALTHY_WITHIN_MS, everyMs: 100 },
  );
}

async function activated(found: RoutingTable, region: RegionId, at: RegionId): Promise<RoutingTable> {
  let table = found;
  for (;;) {
    const state = table.regions[region]?.state ?? 'active';
    if (state === 'active') break;
    table = await decide(at, { kind: NEXT[state], region });
  }
  if (table.regions[region]?.weight === 1) return table;
  return decide(at, { kind: 'set-weight', region, weight: 1 });
}
