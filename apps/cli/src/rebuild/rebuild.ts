import type { RebuildResponse } from '@meridian/contracts';
import { type RegionId, regionIds, SERVICE_NAMES } from '@meridian/regions';
import type { Command } from 'commander';
import { CommandFailure } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { findControls, newestTable } from '../instance/control.ts';
import { destroyRegionData } from '../instance/runner.ts';
import type { InSession } from '../program.ts';
import { repairRegions } from '../repair/repair.ts';
import { knownRegion, type Session } from '../session.ts';
import { findRebuilds, followRebuild } from './follow-rebuild.ts';
import { type RebuildSummary, summaryLines, summaryOf } from './summary.ts';
import { whyNotToDestroy } from './why-not-to-destroy.ts';

/** How long events may be on their way when the regions are compared at the end. */
const COMPARE_WITHIN_MS = 30_000;

export function addRebuildCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'rebuild <region>',
    summary: 'see a region whose disk is new get its data back from the others, until all are equal',
    details:
      'Its services ask every other region, take their states, catch up and serve only then. Nothing is deleted anywhere. With --destroy its PostgreSQL and Kafka are destroyed first, as when a disk is lost: what only this region had is lost. Regions that run as local processes only',
    examples: [
      ['region fail eu-west', 'first: nobody is sent there any more'],
      ['rebuild eu-west --destroy', 'destroy its data and have it rebuilt'],
      ['rebuild eu-west', 'follow a rebuild that is under way'],
    ],
    failsWhen: 'it still has its data, another region cannot be asked, or the regions differ at the end',
  })
    .option('--destroy', 'destroy its data first')
    .action(
      inSession<{ destroy?: boolean }>(async (session, { destroy = false }, [name = '']) => {
        const region = knownRegion(session.topology, name);
        const startedMs = performance.now();
        if (destroy) await destroyData(session, region);
        else await refuseWhenWhole(session, region);
        const rebuilds = await followRebuild(session, region, (line) => session.json || session.terminal.line(line));
        const repaired = await repairRegions(session, SERVICE_NAMES, { all: false, withinMs: COMPARE_WITHIN_MS });
        const summary = summaryOf(region, rebuilds, repaired, performance.now() - startedMs);
        tell(session, summary);
        if (!repaired.equal) throw new CommandFailure(repaired.sentence);
      }),
    );
}

async function destroyData(session: Session, region: RegionId): Promise<void> {
  const others = regionIds(session.topology).filter((one) => one !== region);
  const [table, rebuilds] = await Promise.all([
    findControls(session).then(newestTable),
    Promise.all(others.map(async (one) => [one, await findRebuilds(session, one)] as const)),
  ]);
  const why = whyNotToDestroy(region, table, new Map(rebuilds));
  if (why) throw new CommandFailure(why);
  if (!session.json)
    session.terminal.line(`${region}: its processes are killed, and its PostgreSQL and Kafka destroyed`);
  await destroyRegionData(session, region);
}

async function refuseWhenWhole(session: Session, region: RegionId): Promise<void> {
  const rebuilds = await findRebuilds(session, region);
  if (!isWhole(rebuilds)) return;
  throw new CommandFailure(
    `${region} has its data, so that there is nothing to rebuild; with --destroy they are destroyed first.`,
  );
}

function isWhole(rebuilds: readonly (RebuildResponse | undefined)[]): boolean {
  return rebuilds.every((one) => one?.phase === 'joined');
}

function tell({ json, terminal }: Session, summary: RebuildSummary): void {
  if (json) terminal.line(JSON.stringify(summary, null, 2));
  else for (const line of summaryLines(summary)) terminal.line(line);
}
