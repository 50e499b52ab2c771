import type { RegionCommand } from './region-command.ts';
import { primaryOf, type RegionState, type RoutingTable } from './routing-table.ts';
import type { RegionId } from './topology.ts';

/**
 * Whether the regions take a lost primary out by themselves. Problem: who does not reach the primary cannot tell its death
 * from its own being cut off, and an operator who is asleep cannot either. So each region looks by itself, and only when
 * a majority of all regions has missed the primary for long enough is it failed: a majority that reaches each other and
 * not the primary is also the one without whose word the primary's lease runs out, so that it has stopped
 * writing before its successor begins. The neighbour would be a failure detector that decides alone (one edge, one
 * health check), which a single broken link deceives.
 *
 * Pure. Several regions may come to it at once: each asks for the next epoch on the table that it looked at, and one
 * epoch has one winner (libs/epochs). There is no automatic failback: who failed has to recover first (R6), by a person.
 */
export interface PrimaryView {
  /** Who looks. */
  by: RegionId;
  /** The epoch under which it looked: views of two epochs do not add up. */
  epoch: number;
  /** How many looks in a row have found that the primary does not serve. */
  missed: number;
  /** How many events of the primary its services have applied. Only compared. */
  appliedEvents: number;
}

/** Looks are a second apart. A primary may be without its lease for 3.5 s by right, after it took over. */
export const LOST_AFTER_LOOKS = 4;
/** After a region has failed nothing else is failed for so long: two in a row have a common cause more often than not. */
export const COOL_DOWN_MS = 30_000;

const SERVES: readonly RegionState[] = ['active', 'failing-back'];
const MAY_SUCCEED: readonly RegionState[] = [...SERVES, 'standby'];

/** `lastFailureMs`: how long ago the last region failed, in milliseconds; undefined when none has. Undefined: do nothing. */
export function automaticFailover(
  table: RoutingTable,
  views: readonly PrimaryView[],
  lastFailureMs: number | undefined,
): Extract<RegionCommand, { kind: 'fail' }> | undefined {
  const primary = primaryOf(table);
  if (!isAutomatic(table) || primary === undefined) return undefined;
  if (lastFailureMs !== undefined && lastFailureMs < COOL_DOWN_MS) return undefined;
  const regions = Object.keys(table.regions);
  const viewOf = (region: RegionId) => views.find(({ by, epoch }) => by === region && epoch === table.epoch);
  const votes = regions.filter((id) => id !== primary && (viewOf(id)?.missed ?? 0) >= LOST_AFTER_LOOKS);
  if (2 * votes.length <= regions.length) return undefined;
  const stateOf = (id: RegionId) => table.regions[id]?.state as RegionState;
  // Who serves already, then who has most of what the primary wrote; sorting keeps the order of the table.
  const [successor] = votes
    .filter((id) => MAY_SUCCEED.includes(stateOf(id)))
    .sort(
      (a, b) =>
        Number(SERVES.includes(stateOf(b))) - Number(SERVES.includes(stateOf(a))) ||
        (viewOf(b)?.appliedEvents ?? 0) - (viewOf(a)?.appliedEvents ?? 0),
    );
  return successor === undefined ? undefined : { kind: 'fail', region: primary, successor, votes };
}

/** Whether the regions may fail the primary by themselves under this table. */
export function isAutomatic({ mode }: RoutingTable): boolean {
  return mode.kind === 'active-passive' && mode.automatic === true;
}
