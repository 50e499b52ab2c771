import { type RoutingTable, regionIds } from '@meridian/regions';
import { CommandFailure } from '../command-failure.ts';
import { failBack } from '../failback/failback.ts';
import { outboxesOf, untilApplied } from '../horizons/until-applied.ts';
import { command, tableInForce } from '../instance/control.ts';
import { findEdge } from '../instance/edge.ts';
import { runnerStatusOf, tellRunner } from '../instance/runner.ts';
import { wanFaultsOf } from '../instance/wan.ts';
import { startServices } from '../mode/standby-services.ts';
import { until, untilEdgeGoesBy } from '../procedure/until-known.ts';
import { untilWritesAreTaken } from '../procedure/until-writes.ts';
import type { Session } from '../session.ts';

/**
 * From where every mode is measured, and where the regions are put back to: all processes run, every region is active, all
 * have what all have written, and the edge sends each its whole share.
 */
const WITHIN_MS = 120_000;
/** Slow start of the edge raises a share by small steps; the last is a rounding. */
const WHOLE_SHARE = 0.99;

/** The table in force, if the regions are such that they can be put back. Ends the command with one sentence otherwise. */
export async function mustBeWhole(session: Session): Promise<RoutingTable> {
  const table = await tableInForce(session);
  const [{ processes }, faults] = await Promise.all([runnerStatusOf(session), wanFaultsOf(session)]);
  const down = processes.find(({ state }) => state !== 'running');
  const out = Object.entries(table.regions).find(([, { state, weight }]) => state !== 'active' || weight !== 1);
  const isPutBy = table.mode.kind === 'pilot-light';
  if (isPutBy) throw new CommandFailure('The regions are in pilot light; "meridian mode active-active" first.');
  if (out) throw new CommandFailure(`${out[0]} is ${out[1].state} at weight ${out[1].weight}; bring it back first.`);
  if (down)
    throw new CommandFailure(`${down.name} is ${down.state}; all processes must run before modes are compared.`);
  if (faults.length > 0) throw new CommandFailure('The WAN has faults; "meridian fault heal" first.');
  return table;
}

/** Starts what was killed or stopped, brings back who was failed over, and ends in active-active. */
export async function toCommonGround(session: Session): Promise<void> {
  const regions = regionIds(session.topology);
  for (const region of regions)
    if (await isWithoutData(session, region)) await tellRunner(session, '/restart', { target: region });
  await startServices(session, regions);
  await untilApplied(session, await outboxesOf(session, regions), regions, WITHIN_MS);
  let table = await tableInForce(session);
  if (table.mode.kind !== 'active-active')
    table = await command(session, { kind: 'set-mode', mode: { kind: 'active-active' } });
  const inState = (...states: string[]) =>
    regions.filter((region) => states.includes(table.regions[region]?.state ?? ''));
  for (const region of inState('standby', 'draining')) await command(session, { kind: 'activate', region });
  for (const region of inState('failed', 'recovering', 'evacuated', 'failing-back'))
    await failBack(session, region, { holdMs: 0, withinMs: WITHIN_MS });
  await untilWritesAreTaken(session, table);
  await untilSharesAreWhole(session);
}

/** As they were found. Only the mode can have been another one than where all modes begin. */
export async function putBack(session: Session, { mode }: RoutingTable): Promise<void> {
  await toCommonGround(session);
  if (mode.kind === 'active-active') return;
  const table = await command(session, { kind: 'set-mode', mode });
  await untilEdgeGoesBy(session, table.epoch, WITHIN_MS);
  await untilWritesAreTaken(session, table);
}

/** A service can be started alone; a region without its database and its broker cannot. */
async function isWithoutData(session: Session, region: string): Promise<boolean> {
  const { processes } = await runnerStatusOf(session);
  return processes.some((p) => p.region === region && p.kind === 'postgres' && p.state !== 'running');
}

async function untilSharesAreWhole(session: Session): Promise<void> {
  let late: string[] = [];
  const look = async () => {
    const edge = await findEdge(session);
    if (!edge) return undefined;
    const poor = edge.regions.filter((r) => !r.healthy || r.services.some(({ share }) => share < WHOLE_SHARE));
    late = poor.map(({ region }) => region);
    return late.length === 0 ? (true as const) : undefined;
  };
  await until(
    look,
    WITHIN_MS,
    () => `After ${WITHIN_MS / 1_000} s the edge does not send ${late.join(', ') || 'anybody'} its whole share.`,
  );
}
