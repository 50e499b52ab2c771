import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { HEADERS } from '@meridian/contracts';
import {
  localHour,
  type Mode,
  type ModeKind,
  primaryOf,
  type RegionId,
  type RoutingTable,
  regionIds,
  timeOf,
} from '@meridian/regions';
import { CommandFailure } from '../command-failure.ts';
import { command, tableInForce } from '../instance/control.ts';
import { serviceUrl } from '../instance/digests.ts';
import { findEdge } from '../instance/edge.ts';
import { runnerStatusOf, tellRunner } from '../instance/runner.ts';
import { linksOf } from '../instance/wan.ts';
import { enterPilotLight } from '../mode/pilot-light.ts';
import { startServices } from '../mode/standby-services.ts';
import { until, untilEdgeGoesBy } from '../procedure/until-known.ts';
import { untilWritesAreTaken } from '../procedure/until-writes.ts';
import type { Session } from '../session.ts';
import { acknowledgedBy, type ModeObservation, type SentRequest } from './mode-card.ts';
import { type Stand, startLoad } from './start-load.ts';
import { crossedBytes } from './wan-bytes.ts';

export interface Scale {
  perSecond: number;
  /** Before the loss; following the sun, a day of 24 hours. */
  steadyMs: number;
  dayMs: number;
  /** How long the load goes on once the others have taken over. */
  afterMs: number;
}

const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;
/** Connections are opened and caches filled. */
const WARM_UP_MS = 2_000;
const WITHIN_MS = 60_000;
const NOON = 12;

/** Puts the regions into the mode, loads them, kills one, and lets the others take over. Leaves that to be put back. */
export async function measureMode(
  session: Session,
  kind: ModeKind,
  chosen: RegionId,
  stand: Stand,
  scale: Scale,
  stop: AbortSignal,
): Promise<ModeObservation> {
  await enterMode(session, modeOf(session, kind, chosen, scale.dayMs, Date.now()));
  const regions = regionIds(session.topology);
  const load = startLoad(session, scale.perSecond, stand);
  try {
    await pause(WARM_UP_MS, undefined, { signal: stop });
    const crossed = async () => crossedBytes(await linksOf(session), regions);
    const [fromMs, crossedBefore] = [performance.now(), await crossed()];
    await pause(kind === 'follow-the-sun' ? scale.dayMs : scale.steadyMs, undefined, { signal: stop });
    const wanBytes = (await crossed()) - crossedBefore;
    const toMs = performance.now();
    if (kind === 'follow-the-sun') await stopTheSun(session);
    const loadAverage = loadavg()[0] ?? 0;
    const [table, { processes }] = await Promise.all([
      tableInForce(session),
      runnerStatusOf(session, { memory: true }),
    ]);
    const lost = primaryOf(table) ?? chosen;
    stop.throwIfAborted();
    const lostAtMs = performance.now();
    await tellRunner(session, '/kill', { target: lost });
    const takeover = primaryOf(table) === undefined ? undefined : await takeOver(session, table, lost, lostAtMs);
    await pause(scale.afterMs, undefined, { signal: stop });
    await load.stop();
    const missingOrderIds = await missingElsewhere(session, lost, acknowledgedBy(load.requests, lost));
    const steady = { fromMs, toMs, wanBytes };
    return {
      kind,
      table,
      processes,
      requests: load.requests,
      steady,
      lost,
      lostAtMs,
      takeover,
      missingOrderIds,
      loadAverage,
    };
  } finally {
    await load.stop();
  }
}

/** Following the sun it is noon where the primary is, so that no hand-over falls together with the loss, a day later. */
export function modeOf(
  { topology }: Pick<Session, 'topology'>,
  kind: ModeKind,
  primary: RegionId,
  dayMs: number,
  nowMs: number,
): Mode {
  if (kind === 'active-active') return { kind };
  if (kind !== 'follow-the-sun') return { kind, primary };
  const zone = topology.regions.find(({ id }) => id === primary)?.timeZone;
  if (zone === undefined) throw new Error(`The topology has no region "${primary}".`);
  const startsAtMs = nowMs + (NOON - localHour(zone, nowMs)) * HOUR_MS;
  return { kind, primary, clock: { realStartMs: nowMs, startsAtMs, speed: DAY_MS / dayMs } };
}

async function enterMode(session: Session, mode: Mode): Promise<void> {
  const now = await tableInForce(session);
  if (mode.kind === 'active-active') return;
  const wanted = { kind: 'set-mode', mode } as const;
  if (mode.kind === 'pilot-light') await enterPilotLight(session, wanted, now);
  else await command(session, wanted);
  const table = await tableInForce(session);
  await untilEdgeGoesBy(session, table.epoch, WITHIN_MS);
  await untilWritesAreTaken(session, table);
}

/**
 * At noon, and at the speed of the real clock: a hand-over every few seconds, as in a day that takes minutes, would be counted
 * with the loss.
 */
async function stopTheSun(session: Session): Promise<void> {
  const { mode } = await tableInForce(session);
  if (mode.kind !== 'follow-the-sun') throw new CommandFailure(`Somebody has set the mode ${mode.kind} meanwhile.`);
  const nowMs = Date.now();
  const clock = { realStartMs: nowMs, startsAtMs: timeOf(mode.clock, nowMs), speed: 1 };
  const table = await command(session, { kind: 'set-mode', mode: { ...mode, clock } });
  await untilEdgeGoesBy(session, table.epoch, WITHIN_MS);
  await untilWritesAreTaken(session, table);
}

/** As soon as the edge has missed the primary: what an operator takes to be woken is not measured here. */
async function takeOver(
  session: Session,
  before: RoutingTable,
  lost: RegionId,
  lostAtMs: number,
): Promise<NonNullable<ModeObservation['takeover']>> {
  const sinceLoss = () => Math.round(performance.now() - lostAtMs);
  const missed = async () =>
    (await findEdge(session))?.regions.find(({ region }) => region === lost)?.healthy === false
      ? (true as const)
      : undefined;
  await until(missed, WITHIN_MS, () => `After ${WITHIN_MS / 1_000} s the edge has not missed ${lost}.`);
  const detectMs = sinceLoss();
  const table = await command(session, { kind: 'fail', region: lost });
  const decideMs = sinceLoss();
  const successor = primaryOf(table);
  if (successor === undefined) throw new CommandFailure(`Nobody has succeeded ${lost}.`);
  const started = before.regions[successor]?.state === 'standby' ? await startServices(session, [successor]) : [];
  await untilWritesAreTaken(session, table);
  return { detectMs, decideMs, takesWritesMs: sinceLoss(), startedProcesses: started.length };
}

/** Asked of every other region's own service: one that does not run there has nothing to say. */
async function missingElsewhere(session: Session, lost: RegionId, orders: readonly SentRequest[]): Promise<string[]> {
  const others = regionIds(session.topology).filter((region) => region !== lost);
  const isHeld = async (region: RegionId, id: string) => {
    const url = `${serviceUrl(session, region, 'order')}/orders/${id}`;
    const answer = await session.http.call({ url, headers: { [HEADERS.consistency]: 'eventual' } });
    return answer.ok && answer.status === 200;
  };
  const looked = orders.map(async ({ orderId = '' }) => {
    const held = await Promise.all(others.map((region) => isHeld(region, orderId)));
    return held.some(Boolean) ? [] : [orderId];
  });
  return (await Promise.all(looked)).flat();
}
