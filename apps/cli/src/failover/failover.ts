import { primaryOf, type RegionId, type RoutingTable } from '@meridian/regions';
import type { Command } from 'commander';
import { CommandFailure } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { keepersOf } from '../evacuate/plan-evacuation.ts';
import { findInboxes, findOutboxes } from '../horizons/until-applied.ts';
import { command, tableInForce } from '../instance/control.ts';
import { findEdge } from '../instance/edge.ts';
import { modeSentence } from '../mode/render-mode.ts';
import { startServices } from '../mode/standby-services.ts';
import { Steps } from '../procedure/steps.ts';
import { untilEdgeGoesBy } from '../procedure/until-known.ts';
import { takenSentence, untilWritesAreTaken } from '../procedure/until-writes.ts';
import type { InSession } from '../program.ts';
import { knownRegion, type Session } from '../session.ts';
import { formatSeconds } from '../terminal/format-figures.ts';
import { findFates, findRecord, keepRecord } from './failover-records.ts';
import { withMissingEvents } from './missing-events.ts';
import { type FailoverRecord, missingEventsOf, missingWrites, recordFailover } from './missing-writes.ts';
import { missingSentence, renderFates, renderMissingWrites, renderWrites } from './render-missing-writes.ts';

/** The edge hears of an epoch at once; a machine that is losing a region is slow in all. */
const ROUTED_WITHIN_MS = 60_000;

export function addFailoverCommand(program: Command, inSession: InSession): void {
  const failover = program
    .command('failover')
    .summary('go on without a region, and say which of its writes the others lack')
    .description('Go on without a region, and say which of its writes the others lack.');
  addRun(failover, inSession);
  addReport(failover, inSession);
}

function addRun(failover: Command, inSession: InSession): void {
  defineCommand(failover, {
    usage: 'run <region>',
    isDefault: true,
    summary: 'go on without a region, whether it answers or not',
    details:
      'The others decide the epoch. Where it is the primary, another takes its place once its lease is over. Says how ' +
      'long detecting, deciding, routing and serving took, and which acknowledged writes no other region has. Of a ' +
      'region that still works "evacuate" asks less',
    examples: [
      ['failover run eu-west', 'it is lost; "failover eu-west" is the same'],
      ['failover eu-west --to us-east', 'its successor, where it is the primary'],
      ['failover report eu-west', 'what became of the writes that were missing'],
    ],
    failsWhen: 'no majority can be reached, or nobody could take its place',
  })
    .option('--to <region>', 'who becomes the primary, where it is the primary (default: chosen)')
    .action(
      inSession<{ to?: string }>(async (session, { to }, [name = '']) => {
        const region = knownRegion(session.topology, name);
        await failOver(session, region, to === undefined ? undefined : knownRegion(session.topology, to));
      }),
    );
}

async function failOver(session: Session, region: RegionId, successor: RegionId | undefined): Promise<void> {
  const steps = new Steps(session);
  const before = await tableInForce(session);
  await noteDetection(session, steps, region);
  const wanted = { kind: 'fail', region, ...(successor !== undefined && { successor }) } as const;
  const table = await steps.take('decide', () => command(session, wanted), modeSentence);
  const primary = primaryOf(table);
  if (primary !== undefined && before.regions[primary]?.state === 'standby')
    await steps.take('start', () => startServices(session, [primary]), startedSentence);
  // Beside each other: a region that does not answer takes its time not to.
  const served = goOn(session, table, steps).then(() => steps.elapsedMs);
  const [record, servedAfterMs] = await Promise.all([rememberFailure(session, table, region), served]);

  const { terminal, json } = session;
  if (json) {
    const report = { missing: missingWrites(record), survivors: record.services };
    terminal.line(JSON.stringify({ region, table, steps: steps.taken, ...report }, null, 2));
    return;
  }
  terminal.line(`\n${renderMissingWrites(record, terminal)}\n\n${missingSentence(record)}`);
  terminal.line(`Served without ${region} ${formatSeconds(servedAfterMs)} after this command began.`);
}

async function rememberFailure(session: Session, table: RoutingTable, region: RegionId): Promise<FailoverRecord> {
  const survivors = keepersOf(table, region);
  const [inboxes, outboxes] = await Promise.all([findInboxes(session, survivors), findOutboxes(session, [region])]);
  const failed = { region, epoch: table.epoch, atMs: table.decidedAtMs };
  const record = recordFailover(failed, survivors, inboxes, outboxes);
  // First, as nobody can ask survivors later what they had by now.
  await keepRecord(session, record);
  // It may be alive, cut off from the others.
  const whole = await withMissingEvents(session, record);
  await keepRecord(session, whole);
  return whole;
}

async function goOn(session: Session, table: RoutingTable, steps: Steps): Promise<void> {
  const { epoch } = table;
  const routed = () => untilEdgeGoesBy(session, epoch, ROUTED_WITHIN_MS);
  await steps.take('route', routed, () => `the edge goes by epoch ${epoch}`);
  await steps.take('serve', () => untilWritesAreTaken(session, table), takenSentence);
}

/** When the region was missed, the edge knows: it asks each service twice a second. */
async function noteDetection(session: Session, steps: Steps, region: RegionId): Promise<void> {
  const edge = await findEdge(session);
  const seen = edge?.regions.find((one) => one.region === region);
  const out = seen?.services.filter(({ healthy }) => !healthy) ?? [];
  if (out.length === 0) {
    const who = edge ? 'the edge finds it healthy' : 'the edge does not answer';
    return steps.note('detect', `${who}: failed over on your word`, 0);
  }
  const sinceMs = Math.min(...out.map(({ since }) => Date.parse(since)));
  const why = out[0]?.why ?? 'no reason given';
  steps.note('detect', `since then the edge has had ${region} out: ${why}`, Math.max(0, Date.now() - sinceMs));
}

const startedSentence = (started: readonly string[]) => `started ${started.join(', ') || 'nothing: all of it ran'}`;

function addReport(failover: Command, inSession: InSession): void {
  defineCommand(failover, {
    usage: 'report <region>',
    summary: 'say what became of the writes that were missing when a region was failed over',
    details:
      'They are counted when it is back ("failback"), and followed until every region has them. The RPO in time is how ' +
      'old the oldest missing write was when the region made its last one before it was failed over. Of a failover that the ' +
      'regions made by themselves, or that was commanded elsewhere, their controls say what each had',
    examples: [
      ['failover report eu-west', 'after "failover eu-west", and again after "failback eu-west"'],
      ['failover report eu-west --writes', 'each of them, as far as the region has said which they were'],
    ],
    failsWhen: 'it was not failed over, or some of them are still missing',
  })
    .option('--writes', 'list each of them')
    .action(
      inSession<{ writes?: boolean }>(async (session, options, [name = '']) => {
        const region = knownRegion(session.topology, name);
        const record = await findRecord(session, region);
        if (!record)
          throw new CommandFailure(`${region} was not failed over, as far as is known here and to any control.`);
        const found = await findFates(session, record);
        const writes = found?.writes ?? missingEventsOf(record);
        const { terminal, json } = session;
        if (json) {
          const { missingEvents: _, ...known } = record;
          const report = { record: known, missing: missingWrites(record), fates: found?.services ?? null, writes };
          terminal.line(JSON.stringify(report, null, 2));
        } else {
          terminal.line(renderMissingWrites(record, terminal));
          terminal.line(`\n${found ? renderFates(found.services, terminal) : missingSentence(record)}`);
          if (options.writes) terminal.line(`\n${renderWrites(writes, terminal)}`);
        }
        const outstanding = found?.services.reduce((sum, one) => sum + one.outstanding, 0) ?? 0;
        if (outstanding > 0)
          throw new CommandFailure(`${outstanding} writes of ${region} are still missing somewhere.`);
      }),
    );
}
