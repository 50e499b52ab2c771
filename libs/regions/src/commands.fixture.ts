import {
  decideCommand,
  type Mode,
  REGION_EVENTS,
  type RegionCommand,
  type RegionId,
  type RoutingTable,
} from './index.ts';

export const CLOCK = { realStartMs: 1_000, startsAtMs: 2_000, speed: 720 };

export function modesOf(regions: readonly RegionId[]): Mode[] {
  return [
    { kind: 'active-active' },
    ...regions.flatMap((primary): Mode[] => [
      { kind: 'active-passive', primary },
      { kind: 'active-passive', primary, automatic: true },
      { kind: 'pilot-light', primary },
      { kind: 'follow-the-sun', primary, clock: CLOCK },
    ]),
  ];
}

/** Every command that names regions, but for the weights, of which there are too many. */
export function commandsOf(regions: readonly RegionId[]): RegionCommand[] {
  return [
    ...modesOf(regions).map((mode): RegionCommand => ({ kind: 'set-mode', mode })),
    ...regions.map((to): RegionCommand => ({ kind: 'hand-over', to })),
    ...regions.flatMap((region) => REGION_EVENTS.map((kind): RegionCommand => ({ kind, region }))),
    ...regions.flatMap((region) => regions.map((successor): RegionCommand => ({ kind: 'fail', region, successor }))),
  ];
}

/** The table after commands that have to be granted. */
export function after(table: RoutingTable, ...commands: RegionCommand[]): RoutingTable {
  return commands.reduce((now, command) => {
    const decision = decideCommand(now, command, 0);
    if (!decision.ok) throw new Error(decision.detail);
    return decision.table;
  }, table);
}
