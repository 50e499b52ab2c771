import { setTimeout as pause } from 'node:timers/promises';
import { primaryOf, type RegionId, type RoutingTable, SERVICE_NAMES } from '@meridian/regions';
import type { Command } from 'commander';
import { CommandFailure } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { keepersOf } from '../evacuate/plan-evacuation.ts';
import { findFates, findRecord, keepRecord } from '../failover/failover-records.ts';
import { withMissingEvents } from '../failover/missing-events.ts';
import { renderFates } from '../failover/render-missing-writes.ts';
import { writtenBy } from '../horizons/shortfalls.ts';
import { outboxesOf, untilApplied } from '../horizons/until-applied.ts';
import { command, tableInForce } from '../instance/control.ts';
import { findEdge } from '../instance/edge.ts';
import { savedSentence } from '../mode/pilot-light.ts';
import { modeSentence } from '../mode/render-mode.ts';
import { stopServices } from '../mode/standby-services.ts';
import { Steps } from '../procedure/steps.ts';
import { untilEdgeGoesBy, untilServicesKnow } from '../procedure/until-known.ts';
import type { InSession } from '../program.ts';
import { knownRegion, type Session } from '../session.ts';
import { formatSeconds } from '../terminal/format-figures.ts';
import { comparisonSentence } from '../verify/render-comparison.ts';
import { compareRegions, secondsOf } from '../verify/verify.ts';
import { nextOnTheWayBack, weightsFrom } from './way-back.ts';

/** Writes on their way across the widest link have long arrived by half of it. */
const COMPARED_WITHIN_MS = 6_000;

export function addFailbackCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'failback <region>',
    summary: 'bring a region back that was evacuated or failed over, once it has all that the others have',
    details:
      'It learns the epoch before it serves; every region then applies what it was missing, and their digests are ' +
      'compared. Traffic returns in steps, 0.1, 0.5 and 1 of its share. Goes on where it was stopped. In pilot light it ' +
      'stands by and its services are stopped; else it comes back as ' +
      'any other region: to make it the primary again, "mode <mode> --primary <region>"',
    examples: [
      ['failback eu-west', 'after "evacuate eu-west" or "failover eu-west"'],
      ['failback eu-west --hold 30', 'half a minute at each weight'],
    ],
    failsWhen: 'it does not answer, is not equal in time, or is unhealthy under traffic',
  })
    .option('--hold <seconds>', 'how long each weight is kept before the next', '3')
    .option('--within <seconds>', 'how long it may take to become equal', '120')
    .action(
      inSession<{ hold: string; within: string }>(async (session, { hold, within }, [name = '']) => {
        const region = knownRegion(session.topology, name);
        await failBack(session, region, { holdMs: secondsOf(hold), withinMs: secondsOf(within) });
      }),
    );
}

export interface Patience {
  holdMs: number;
  withinMs: number;
}

export async function failBack(session: Session, region: RegionId, { holdMs, withinMs }: Patience): Promise<void> {
  const steps = new Steps(session);
  let table = await tableInForce(session);
  nextOnTheWayBack(table, region);
  const hadFailed = await comesFromFailure(session, region, table);
  const decide = async (step: string, wanted: Parameters<typeof command>[1]) => {
    table = await steps.take(step, () => command(session, wanted), modeSentence);
    return table;
  };
  await steps.take(
    'learn',
    () => untilServicesKnow(session, table.epoch, [region], withinMs),
    () => `its services know of epoch ${table.epoch}, and serve nobody yet`,
  );
  if (nextOnTheWayBack(table, region) === 'recover') await decide('recover', { kind: 'recover', region });
  if (table.regions[region]?.state === 'recovering') await noteReturn(session, region, table);

  await steps.take(
    'catch up',
    () => untilAllHaveAll(session, table, region, withinMs),
    () => `${region} has applied what the others wrote, and they what it wrote`,
  );
  const equals = [region, ...keepersOf(table, region)];
  await steps.take('compare', () => mustBeEqual(session, equals), String);

  if (table.mode.kind === 'pilot-light') {
    await decide('stand by', { kind: 'stand-by', region });
    await steps.take('stop', () => stopServices(session, [region]), savedSentence);
    return report(session, region, table, steps, hadFailed);
  }

  for (const weight of weightsFrom(table, region)) {
    if (table.regions[region]?.weight !== weight) await decide('weight', { kind: 'set-weight', region, weight });
    if (table.regions[region]?.state !== 'failing-back') {
      await decide('fail back', { kind: 'fail-back', region });
      if (hadFailed) await noteFailingBack(session, region, table);
    }
    if (weight === 1) break;
    const { epoch } = table;
    await steps.take(
      'hold',
      () => untilEdgeGoesBy(session, epoch, withinMs).then(() => holdHealthy(session, region, holdMs)),
      () => `${region} stays healthy at ${weight} of its share`,
    );
  }
  await decide('activate', { kind: 'activate', region });
  await steps.take(
    'serve',
    () => untilEdgeGoesBy(session, table.epoch, withinMs),
    () => `the edge sends ${region} its whole share`,
  );
  await report(session, region, table, steps, hadFailed);
}

/** Each other region and this one, both ways: what was written before is applied. */
async function untilAllHaveAll(session: Session, table: RoutingTable, region: RegionId, withinMs: number) {
  const others = keepersOf(table, region);
  const [theirs, its] = await Promise.all([outboxesOf(session, others), outboxesOf(session, [region])]);
  await Promise.all([untilApplied(session, theirs, [region], withinMs), untilApplied(session, its, others, withinMs)]);
}

async function mustBeEqual(session: Session, regions: readonly RegionId[]): Promise<string> {
  const comparisons = await compareRegions(session, SERVICE_NAMES, COMPARED_WITHIN_MS, regions);
  const sentence = comparisonSentence(comparisons);
  if (!comparisons.every(({ equal }) => equal)) throw new CommandFailure(`${sentence} "meridian repair" makes it so.`);
  return sentence;
}

/** Also of a way back that was stopped and goes on: by its state alone that could be one after an evacuation. */
async function comesFromFailure(session: Session, region: RegionId, table: RoutingTable): Promise<boolean> {
  const { state, sinceEpoch } = table.regions[region] ?? {};
  if (state === 'failed' || state === 'recovering') return true;
  return state === 'failing-back' && (await findRecord(session, region))?.failingBackSince === sinceEpoch;
}

async function noteFailingBack(session: Session, region: RegionId, table: RoutingTable): Promise<void> {
  const record = await findRecord(session, region);
  const { sinceEpoch } = table.regions[region] ?? {};
  if (record?.writtenAtReturn && sinceEpoch !== undefined)
    await keepRecord(session, { ...record, failingBackSince: sinceEpoch });
}

/** What it had written when it was back, before it takes writes again: from then on its numbers say less of its failure. */
async function noteReturn(session: Session, region: RegionId, table: RoutingTable): Promise<void> {
  const record = await findRecord(session, region);
  if (!record || record.epoch > table.epoch) return;
  // Counted once; which ones they are is asked again by a failback that goes on.
  const writtenAtReturn = record.writtenAtReturn ?? (await writtenByServicesOf(session, region));
  await keepRecord(session, await withMissingEvents(session, { ...record, writtenAtReturn }));
}

async function writtenByServicesOf(session: Session, region: RegionId): Promise<Record<string, number>> {
  const outboxes = await outboxesOf(session, [region]);
  return Object.fromEntries(outboxes.map((outbox) => [outbox.service, writtenBy(outbox)]));
}

async function holdHealthy(session: Session, region: RegionId, holdMs: number): Promise<void> {
  const ejections = async () => {
    const there = (await findEdge(session))?.regions.find((one) => one.region === region);
    if (there && !there.healthy)
      throw new CommandFailure(
        `${region} is unhealthy (${there.why}); it keeps its weight: "meridian evacuate ${region}", or again.`,
      );
    return there?.services.reduce((sum, service) => sum + service.ejections, 0) ?? 0;
  };
  const before = await ejections();
  await pause(holdMs);
  if ((await ejections()) > before) throw new CommandFailure(`The edge has ejected ${region} because of its errors.`);
}

async function report(
  session: Session,
  region: RegionId,
  table: RoutingTable,
  steps: Steps,
  hadFailed: boolean,
): Promise<void> {
  const record = hadFailed ? await findRecord(session, region) : undefined;
  const fates = record && (await findFates(session, record));
  const { terminal, json } = session;
  if (json) {
    const seconds = Math.round(steps.elapsedMs) / 1_000;
    terminal.line(
      JSON.stringify({ region, table, steps: steps.taken, fates: fates?.services ?? null, seconds }, null, 2),
    );
    return;
  }
  if (fates) terminal.line(`\nWrites that the others lacked when it failed:\n${renderFates(fates.services, terminal)}`);
  const took = formatSeconds(steps.elapsedMs);
  if (table.regions[region]?.state === 'standby') return terminal.line(`\n${region} stands by after ${took}.`);
  terminal.line(`\n${region} is back after ${took}.`);
  const primary = primaryOf(table);
  if (primary !== undefined && primary !== region)
    terminal.line(`The primary is ${primary}; "meridian mode ${table.mode.kind} --primary ${region}" hands over.`);
}
