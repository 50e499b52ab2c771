import { setTimeout as pause } from 'node:timers/promises';
import { lagResponse } from '@meridian/contracts';
import { oneWayMs, otherRegionIds, regionIds, SERVICE_NAMES } from '@meridian/regions';
import type { Command } from 'commander';
import { CommandFailure } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { ask } from '../instance/ask.ts';
import { serviceUrl } from '../instance/digests.ts';
import { replicatorBehind } from '../instance/replicator.ts';
import { findRunner } from '../instance/runner.ts';
import { type FloorMs, floorsOf } from '../instance/wan.ts';
import type { InSession } from '../program.ts';
import type { Session } from '../session.ts';
import { judgeLag, lagFaults, type PairLag } from './judge-lag.ts';
import { type Behind, renderLag } from './render-lag.ts';

const WATCH_EVERY_MS = 1_000;

export function addLagCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'lag',
    summary: 'show the replication lag of every pair of regions against RTT/2',
    details:
      'From the commit at the origin until applied in the other region, over the last events of each service. ' +
      'A lag below RTT/2 cannot be: it means that something bypasses the WAN or that a clock is wrong.',
    examples: [
      ['lag', 'once'],
      ['lag --watch', 'every second until Ctrl-C'],
    ],
    failsWhen: 'a lag is below RTT/2',
  })
    .option('--watch', 'print again every second until Ctrl-C')
    .action(
      inSession<{ watch?: boolean }>(async (session, { watch }) => {
        if (!watch) return judgeAndPrint(session);
        for (;;) {
          if (session.terminal.interactive && !session.json) session.terminal.line('\u001b[2J\u001b[H');
          await judgeAndPrint(session);
          await pause(WATCH_EVERY_MS);
        }
      }),
    );
}

async function judgeAndPrint(session: Session): Promise<void> {
  const [lags, behind] = await Promise.all([lagsOf(session), behindOf(session)]);
  const { terminal } = session;
  if (session.json) terminal.line(JSON.stringify({ lags, behind }));
  else terminal.line(renderLag(lags, behind, terminal));
  const faults = lagFaults(lags);
  if (faults.length > 0) throw new CommandFailure(faults.join('\n'));
}

async function lagsOf(session: Session): Promise<PairLag[]> {
  const floorMs = await leastFloors(session);
  const answers = await Promise.all(
    regionIds(session.topology).flatMap((region) =>
      SERVICE_NAMES.map((service) =>
        ask(session, `${region}/${service}`, { url: `${serviceUrl(session, region, service)}/lag` }, lagResponse),
      ),
    ),
  );
  return judgeLag(answers, floorMs);
}

/**
 * The figures reach back over events from before a delay was changed by hand, so the smaller of the link's delay now
 * and that of its profile is what no event can have undercut.
 */
async function leastFloors(session: Session): Promise<FloorMs> {
  const [now, runner] = await Promise.all([floorsOf(session), findRunner(session)]);
  const profile = runner?.profile ?? session.topology.defaultProfile;
  return (origin, reader) => Math.min(now(origin, reader), oneWayMs(session.topology, profile, origin, reader));
}

async function behindOf(session: Session): Promise<Behind[]> {
  const readers = regionIds(session.topology).map(async (reader): Promise<Behind[]> => {
    const byOrigin = await replicatorBehind(session, reader);
    return otherRegionIds(session.topology, reader).map((origin) => ({
      reader,
      origin,
      records: byOrigin?.[origin] ?? null,
    }));
  });
  return (await Promise.all(readers)).flat();
}
