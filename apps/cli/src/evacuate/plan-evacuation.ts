import {
  decideCommand,
  oneWayMs,
  primaryOf,
  type RegionCommand,
  type RegionId,
  type RegionState,
  type RoutingTable,
  type Topology,
} from '@meridian/regions';
import { CommandFailure } from '../command-failure.ts';

/**
 * The epochs that take a region out of traffic by a plan, looked at to their end before the first is asked for: a plan
 * that would stop half way is refused while nothing has moved.
 */
export function planEvacuation(
  table: RoutingTable,
  topology: Topology,
  region: RegionId,
  to: RegionId | undefined,
): RegionCommand[] {
  const isPrimary = primaryOf(table) === region;
  // An evacuation that was stopped after its hand-over is given again in the same words.
  if (to !== undefined && !isPrimary && primaryOf(table) !== to)
    throw new CommandFailure(`${region} is not the primary: there is nothing to hand over to ${to}.`);
  const successor = isPrimary ? (to ?? nearestThatWrites(table, topology, region)) : undefined;
  const plan: RegionCommand[] = [
    ...(successor === undefined ? [] : [{ kind: 'hand-over', to: successor } as const]),
    ...(table.regions[region]?.state === 'draining' ? [] : [{ kind: 'drain', region } as const]),
    { kind: 'evacuate', region },
  ];
  let next = table;
  for (const command of plan) {
    const decision = decideCommand(next, command, 0);
    if (!decision.ok) throw new CommandFailure(decision.detail);
    next = decision.table;
  }
  return plan;
}

function nearestThatWrites(table: RoutingTable, topology: Topology, region: RegionId): RegionId {
  const distanceMs = (other: RegionId) => oneWayMs(topology, topology.defaultProfile, region, other);
  const [nearest] = Object.keys(table.regions)
    .filter((other) => other !== region && table.regions[other]?.state === 'active')
    .sort((a, b) => distanceMs(a) - distanceMs(b));
  if (nearest !== undefined) return nearest;
  const hint = table.mode.kind === 'pilot-light' ? ': "meridian mode active-active" starts the others first' : '';
  throw new CommandFailure(`${region} is the primary, and no other region is active that could take over${hint}.`);
}

/**
 * Regions that must have what a region wrote when it leaves, and that it must be equal to when it comes back. Who failed or
 * recovers gets it when it is back, and who stands by in pilot light when its services are started.
 */
export function keepersOf(table: RoutingTable, region: RegionId): RegionId[] {
  const away: RegionState[] = [
    'failed',
    'recovering',
    ...(table.mode.kind === 'pilot-light' ? ['standby' as const] : []),
  ];
  return Object.entries(table.regions).flatMap(([id, { state }]) =>
    id === region || away.includes(state) ? [] : [id],
  );
}
