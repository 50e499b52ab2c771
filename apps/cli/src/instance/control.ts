import { type ControlStatusResponse, controlStatusResponse } from '@meridian/contracts';
import {
  type RegionCommand,
  type RegionId,
  type RoutingTable,
  regionIds,
  routingTable,
  urlOf,
} from '@meridian/regions';
import { z } from 'zod';
import { CommandFailure } from '../command-failure.ts';
import { notRunning, type Session } from '../session.ts';
import { isRunning, shaped } from './ask.ts';
import { type Answer, type Call, problemSentence } from './http.ts';

/** A decision between the furthest regions, outbid a few times, takes no longer. */
const DECIDED_WITHIN_MS = 15_000;

/** What the control of each region says of itself; null of one that does not answer. */
export type ControlStatuses = Record<RegionId, ControlStatusResponse | null>;

export async function findControls(session: Session): Promise<ControlStatuses> {
  const all = regionIds(session.topology).map(async (region) => {
    const answer = await session.http.call({ url: `${controlUrl(session, region)}/status`, timeoutMs: 2_000 });
    const status = answer.ok ? (controlStatusResponse.safeParse(answer.body).data ?? null) : null;
    return [region, status] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}

/** The newest table that any control knows. Ends the command with one sentence when none answers. */
export async function tableInForce(session: Session): Promise<RoutingTable> {
  const table = newestTable(await findControls(session));
  if (table) return table;
  if (!(await isRunning(session))) throw notRunning(session.portOffset);
  throw new CommandFailure('No control answers; "meridian status" shows what runs.');
}

/** The newest table that any of them knows; undefined when none answers. */
export function newestTable(controls: ControlStatuses): RoutingTable | undefined {
  const known = Object.values(controls).flatMap((control) => (control ? [control.table] : []));
  return known.sort((a, b) => b.epoch - a.epoch)[0];
}

/** Asks for the next epoch at the first control that answers, and returns the table that is in force then. */
export async function command(session: Session, wanted: RegionCommand): Promise<RoutingTable> {
  const call = { method: 'POST', body: { command: wanted }, timeoutMs: DECIDED_WITHIN_MS } as const;
  const answer = await anyControl(session, '/commands', call, askingOrder(regionIds(session.topology), wanted));
  return shaped('The control plane', answer, z.object({ table: routingTable })).table;
}

/**
 * The next region is asked when nothing was sent to the one before, or when it says that it has no majority: another may
 * stand on the other side of the cut. What may have been done already is not asked for again.
 */
async function anyControl(
  session: Session,
  path: string,
  call: Omit<Call, 'url'>,
  order: readonly RegionId[],
): Promise<Answer> {
  const said: string[] = [];
  for (const region of order) {
    const answer = await session.http.call({ ...call, url: `${controlUrl(session, region)}${path}` });
    if (answer.ok && !(answer.status === 503 && isNotBegun(answer))) return answer;
    said.push(`${region}: ${answer.ok ? problemSentence(answer) : answer.detail}`);
    if (!answer.ok && answer.reason !== 'refused')
      throw new CommandFailure(
        `What became of it is not known (${said.join('; ')}); "meridian mode" shows what holds.`,
      );
  }
  if (!(await isRunning(session))) throw notRunning(session.portOffset);
  throw new CommandFailure(`No region decides anything now (${said.join('; ')}).`);
}

/** A region that is said to have failed is the last to be asked: it may take its time to say that it has no majority. */
export function askingOrder(regions: readonly RegionId[], wanted: RegionCommand): RegionId[] {
  const isLast = (region: RegionId) => wanted.kind === 'fail' && wanted.region === region;
  return [...regions.filter((region) => !isLast(region)), ...regions.filter(isLast)];
}

function isNotBegun({ body }: Answer): boolean {
  return (body as { reason?: unknown } | null)?.reason === 'NotBegun';
}

function controlUrl({ addresses }: Session, region: RegionId): string {
  const address = addresses.regions[region]?.control;
  if (!address) throw new Error(`The topology has no region "${region}".`);
  return urlOf(address);
}
