import { setTimeout as pause } from 'node:timers/promises';
import { type RegionId, SERVICE_NAMES, type ServiceName } from '@meridian/regions';
import type { Command } from 'commander';
import { CommandFailure, usageFault } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { heldStates, knownService, streamsOf } from '../instance/services.ts';
import type { InSession } from '../program.ts';
import type { Session } from '../session.ts';
import { isAmiss, judgeSources } from '../sources/judge-sources.ts';
import { renderSources } from '../sources/render-sources.ts';
import { type Comparison, compareDigests } from './compare-digests.ts';
import { comparisonSentence, renderComparisons } from './render-comparison.ts';
import { settledDifferences } from './settled-differences.ts';

const LOOK_EVERY_MS = 1_000;

export function addVerifyCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'verify',
    summary: 'compare what the regions hold, and name the aggregates that differ',
    details:
      'Compares digests of all, then of buckets, then of the aggregates in those that differ. Writes on their way are waited for; what differs after that and stood still meanwhile is named. Also says which events are missing',
    examples: [
      ['verify', 'every service'],
      ['verify --service order --within 30', 'give writes half a minute to arrive'],
      ['verify --json', 'the same for a script, with every name'],
      ['repair', 'what makes the regions equal again'],
    ],
    failsWhen: 'at least one aggregate differs',
  })
    .option('--service <name>', 'only this one')
    .option('--within <seconds>', 'how long writes may be on their way', '10')
    .action(
      inSession<{ service?: string; within: string }>(async (session, { service, within }) => {
        const services = service === undefined ? SERVICE_NAMES : [knownService(service)];
        const comparisons = await compareRegions(session, services, secondsOf(within));
        const sources = judgeSources(await streamsOf(session));
        const equal = comparisons.every((c) => c.equal);
        if (session.json) {
          const amiss = sources.filter(isAmiss);
          session.terminal.line(JSON.stringify({ equal, services: comparisons, missing: amiss }, null, 2));
        } else {
          session.terminal.line(renderComparisons(comparisons, session.terminal));
          session.terminal.line(`\n${renderSources(sources, session.terminal)}`);
        }
        const sentence = comparisonSentence(comparisons);
        if (!equal) throw new CommandFailure(sentence);
        if (!session.json) session.terminal.line(`\n${sentence}`);
      }),
    );
}

export function compareRegions(
  session: Session,
  services: readonly ServiceName[],
  withinMs: number,
  regions?: readonly RegionId[],
): Promise<Comparison[]> {
  const patience = { withinMs, everyMs: LOOK_EVERY_MS, nowMs: () => performance.now(), pause };
  return Promise.all(
    services.map(async (service) =>
      compareDigests(service, await settledDifferences(heldStates(session, service, regions), patience)),
    ),
  );
}

export function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds >= 1 && seconds <= 3_600) return seconds * 1_000;
  throw usageFault(`"${text}" is no number of seconds from 1 to 3600.`);
}
