import type { RegionId, RoutingTable } from '@meridian/regions';
import { CommandFailure } from '../command-failure.ts';

/** Shares of its traffic that a returning region takes one after the other: enough to warm up, too little to hurt. */
const WEIGHTS = [0.1, 0.5, 1] as const;

export type StepBack = 'recover' | 'become equal' | 'take its share';

/** Where a region stands on its way back. Ends the command with one sentence when it is on none. */
export function nextOnTheWayBack(table: RoutingTable, region: RegionId): StepBack {
  const state = table.regions[region]?.state;
  switch (state) {
    case 'failed':
      return 'recover';
    case 'recovering':
    case 'evacuated':
      return 'become equal';
    case 'failing-back':
      return 'take its share';
    case 'active':
      throw new CommandFailure(`${region} is active already.`);
    default:
      throw new CommandFailure(`${region} is ${state}, and was not out: "meridian region activate ${region}".`);
  }
}

/** The weights still to be taken: a way back that was stopped goes on at the one that it had. */
export function weightsFrom(table: RoutingTable, region: RegionId): readonly number[] {
  const entry = table.regions[region];
  if (entry?.state !== 'failing-back') return WEIGHTS;
  return WEIGHTS.filter((weight) => weight >= entry.weight);
}
