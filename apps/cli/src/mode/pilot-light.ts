import { primaryOf, type RegionCommand, type RegionId, type RoutingTable } from '@meridian/regions';
import { CommandFailure } from '../command-failure.ts';
import { findOutboxes, outboxesOf, untilApplied } from '../horizons/until-applied.ts';
import { command } from '../instance/control.ts';
import type { ProcessStatus } from '../instance/process-status.ts';
import { Steps } from '../procedure/steps.ts';
import { untilEdgeGoesBy, untilServicesKnow } from '../procedure/until-known.ts';
import { takenSentence, untilWritesAreTaken } from '../procedure/until-writes.ts';
import type { Session } from '../session.ts';
import { formatBytes, formatSeconds } from '../terminal/format-figures.ts';
import { modeSentence } from './render-mode.ts';
import { startServices, stopServices } from './standby-services.ts';

const WITHIN_MS = 60_000;

/**
 * Into pilot light: when the epoch is known in the regions that are put by, and what they have written is at the primary,
 * their services are stopped. Asked again where it is so already, it stops what somebody has started since.
 */
export async function enterPilotLight(
  session: Session,
  wanted: RegionCommand,
  now: RoutingTable | undefined,
): Promise<void> {
  const steps = new Steps(session);
  const isSo = now?.mode.kind === 'pilot-light' && wanted.kind === 'hand-over' && now.mode.primary === wanted.to;
  const table = isSo ? now : await steps.take('decide', () => command(session, wanted), modeSentence);
  const primary = primaryOf(table);
  const putBy = standingBy(table);
  if (!isSo && primary !== undefined) {
    await steps.take(
      'drain',
      () => drained(session, table, putBy),
      () => 'nothing is on its way to the other regions',
    );
    const written = await findOutboxes(session, putBy);
    await steps.take(
      'replicate',
      () => untilApplied(session, written, [primary], WITHIN_MS),
      () => `${primary} has applied all that ${putBy.join(' and ')} have written`,
    );
  }
  const stopped = await steps.take('stop', () => stopServices(session, putBy), savedSentence);
  if (session.json) session.terminal.line(JSON.stringify({ table, steps: steps.taken, stopped }, null, 2));
}

/** Out of it: services start, catch up with the primary, and serve when the new mode and their states are decided. */
export async function leavePilotLight(session: Session, wanted: RegionCommand, now: RoutingTable): Promise<void> {
  const steps = new Steps(session);
  const primary = primaryOf(now);
  if (primary === undefined) throw new CommandFailure(`The mode is ${now.mode.kind}, not pilot light.`);
  const putBy = standingBy(now);
  await steps.take(
    'start',
    () => startServices(session, putBy),
    (started) => (started.length === 0 ? 'all services ran' : `started ${started.join(', ')}`),
  );
  const written = await outboxesOf(session, [primary]);
  await steps.take(
    'catch up',
    () => untilApplied(session, written, putBy, WITHIN_MS),
    () => `${putBy.join(' and ')} have applied all that ${primary} has written`,
  );
  let table = await steps.take('decide', () => command(session, wanted), modeSentence);
  for (const region of putBy)
    table = await steps.take('activate', () => command(session, { kind: 'activate', region }), modeSentence);
  const { epoch } = table;
  const served = async () => (await untilEdgeGoesBy(session, epoch, WITHIN_MS)) && untilWritesAreTaken(session, table);
  await steps.take('serve', served, takenSentence);
  const seconds = Math.round(steps.elapsedMs) / 1_000;
  if (session.json) session.terminal.line(JSON.stringify({ table, steps: steps.taken, seconds }, null, 2));
  else session.terminal.line(`\nActivated ${putBy.join(' and ')} in ${formatSeconds(steps.elapsedMs)}.`);
}

async function drained(session: Session, { epoch }: RoutingTable, putBy: readonly RegionId[]): Promise<void> {
  await untilServicesKnow(session, epoch, putBy, WITHIN_MS);
  for (const region of putBy) await untilEdgeGoesBy(session, epoch, WITHIN_MS, { drained: region });
}

function standingBy(table: RoutingTable): RegionId[] {
  return Object.entries(table.regions).flatMap(([region, { state }]) => (state === 'standby' ? [region] : []));
}

export function savedSentence(stopped: readonly Pick<ProcessStatus, 'name' | 'rssBytes'>[]): string {
  if (stopped.length === 0) return 'nothing to stop: no service of another region runs';
  const bytes = stopped.reduce((sum, { rssBytes }) => sum + (rssBytes ?? 0), 0);
  const saved = bytes === 0 ? '' : `; they took ${formatBytes(bytes)}`;
  return `stopped ${stopped.length} process${stopped.length === 1 ? '' : 'es'} (${stopped.map(({ name }) => name).join(', ')})${saved}`;
}
