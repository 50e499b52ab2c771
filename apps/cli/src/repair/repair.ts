import { setTimeout as pause } from 'node:timers/promises';
import { closeGapsResponse, outboxResponse } from '@meridian/contracts';
import { type RegionId, SERVICE_NAMES, type ServiceName } from '@meridian/regions';
import type { Command } from 'commander';
import { CommandFailure } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { askService, heldStates, knownService, streamsOf } from '../instance/services.ts';
import type { InSession } from '../program.ts';
import type { Session } from '../session.ts';
import { judgeSources, type SourceReport, type Streams } from '../sources/judge-sources.ts';
import { lookAtAll } from '../verify/find-differences.ts';
import { comparisonSentence } from '../verify/render-comparison.ts';
import { compareRegions, secondsOf } from '../verify/verify.ts';
import { gapsToClose } from './gaps-to-close.ts';
import { planResends } from './plan-resends.ts';
import { resend } from './resend.ts';

const LOOK_EVERY_MS = 500;

interface Options {
  service?: string;
  within: string;
  all?: boolean;
}

export function addRepairCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'repair',
    summary: 'make the regions equal: tell the states again that some region misses',
    details:
      'For a region that missed events which no log keeps any longer, or lost its database. States are sent as events and joined: nothing is deleted, and what is equal stays as it is. Gaps that this has covered are closed',
    examples: [
      ['repair', 'compares, and tells what differs'],
      ['repair --service order', 'of one service'],
      ['repair --service order --all', 'every state, for other services that missed events of it, too'],
    ],
    failsWhen: 'the regions still differ after it',
  })
    .option('--service <name>', 'only this one')
    .option('--all', 'tell every state, not only those that differ')
    .option('--within <seconds>', 'how long events may be on their way', '10')
    .action(
      inSession<Options>(async (session, { service, within, all = false }) => {
        const services = service === undefined ? [...SERVICE_NAMES] : [knownService(service)];
        const report = await repairRegions(session, services, { all, withinMs: secondsOf(within) });
        if (session.json) session.terminal.line(JSON.stringify(report, null, 2));
        else for (const line of linesOf(report)) session.terminal.line(line);
        if (!report.equal) throw new CommandFailure(report.sentence);
        if (!session.json) session.terminal.line(`\n${report.sentence}`);
      }),
    );
}

export interface Report {
  advanced: { region: RegionId; service: string; sequence: number }[];
  resent: { region: RegionId; service: ServiceName; states: number }[];
  closed: { reader: string; source: string; events: number }[];
  equal: boolean;
  sentence: string;
}

export async function repairRegions(
  session: Session,
  services: readonly ServiceName[],
  { all, withinMs }: { all: boolean; withinMs: number },
): Promise<Report> {
  const before = await streamsOf(session);
  const advanced = await advanceRenumbered(session, before, services);
  const resent: Report['resent'] = [];
  const compared = all ? [] : await compareRegions(session, services, withinMs);
  for (const service of services) {
    const differences = all
      ? await lookAtAll(heldStates(session, service))
      : (compared.find((one) => one.service === service)?.differences ?? []);
    for (const [region, ids] of planResends(differences))
      resent.push({ region, service, states: await resend(session, { region, service }, ids) });
  }
  const after = await compareRegions(session, services, withinMs);
  const equal = after.every((one) => one.equal && one.unsettled.length === 0);
  const closed = equal ? await closeCovered(session, before, services, { all, withinMs }) : [];
  return { advanced, resent, closed, equal: after.every((one) => one.equal), sentence: comparisonSentence(after) };
}

/** First of all: what a service without its old numbers tells would be taken for repetitions. */
async function advanceRenumbered(
  session: Session,
  streams: readonly Streams[],
  services: readonly ServiceName[],
): Promise<Report['advanced']> {
  const advanced: Report['advanced'] = [];
  for (const { outbox } of streams) {
    const { region, service, publishedSequence } = outbox;
    const known = streams.map(({ inbox }) => inbox.bySource[`/${region}/${service}`]?.appliedLast ?? 0);
    const sequence = Math.max(0, ...known);
    if (sequence <= publishedSequence || !services.some((one) => one === service)) continue;
    const place = { region, service: service as ServiceName };
    await askService(session, place, { path: '/outbox/advance', body: { sequence } }, outboxResponse);
    advanced.push({ region, service, sequence });
  }
  return advanced;
}

async function closeCovered(
  session: Session,
  before: readonly Streams[],
  services: readonly ServiceName[],
  { all, withinMs }: { all: boolean; withinMs: number },
): Promise<Report['closed']> {
  const ofThese = judgeSources(before).filter(({ source }) => services.some((one) => source.endsWith(`/${one}`)));
  const covered = gapsToClose(ofThese, new Set(all ? services : []));
  if (covered.length === 0 || !(await untilApplied(session, covered, withinMs))) return [];
  const closed: Report['closed'] = [];
  for (const report of covered) closed.push(await close(session, report));
  return closed.filter(({ events }) => events > 0);
}

/** What was told again must have come to each who missed something; other services are not compared, so they are asked. */
async function untilApplied(session: Session, covered: readonly SourceReport[], withinMs: number): Promise<boolean> {
  const target = new Map(judgeSources(await streamsOf(session)).map((now) => [now.source, now.published]));
  const startedMs = performance.now();
  for (;;) {
    const now = judgeSources(await streamsOf(session));
    if (covered.every((gap) => hasApplied(gap, now, target.get(gap.source) ?? 0))) return true;
    if (performance.now() - startedMs > withinMs) return false;
    await pause(LOOK_EVERY_MS);
  }
}

function hasApplied({ reader, source, missing }: SourceReport, now: SourceReport[], published: number): boolean {
  const report = now.find((one) => one.reader === reader && one.source === source);
  return report !== undefined && report.appliedLast >= published && report.missing <= missing;
}

async function close(session: Session, { reader, source, gaps }: SourceReport): Promise<Report['closed'][number]> {
  const [region = '', service = ''] = reader.split('/');
  const body = { source, gaps: gaps.map(({ firstSequence, lastSequence }) => ({ firstSequence, lastSequence })) };
  const place = { region, service: service as ServiceName };
  const answer = await askService(session, place, { path: '/inbox/close', body }, closeGapsResponse);
  return { reader, source, events: answer.closed };
}

function linesOf({ advanced, resent, closed }: Report): string[] {
  return [
    ...advanced.map((one) => `${one.region}/${one.service} numbers its events on behind ${one.sequence}`),
    ...resent.map((one) => `${one.region}/${one.service} told ${one.states} states again`),
    ...closed.map((one) => `${one.reader}: ${one.events} events of ${one.source} never came; their effect is here`),
    ...(advanced.length + resent.length + closed.length === 0 ? ['Nothing was to be repaired.'] : []),
  ];
}
