import { type ReplayResponse, replayResponse } from '@meridian/contracts';
import type { RegionId, ServiceName } from '@meridian/regions';
import type { Command } from 'commander';
import { CommandFailure, usageFault } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { askService } from '../instance/services.ts';
import type { InSession } from '../program.ts';
import type { Session } from '../session.ts';
import type { Tone } from '../terminal/terminal.ts';
import { type LetterName, letterNamed, nameOf } from './letter-name.ts';
import { lettersOf, type Where } from './letters.ts';

type Result = ReplayResponse['results'][number] & { region: RegionId; service: ServiceName };

/** As many as a service looks up and applies within the timeout. */
const AT_A_TIME = 50;
const TIMEOUT_MS = 60_000;
const APPLIED: ReadonlySet<Result['outcome']> = new Set(['replayed', 'replayed-before']);

export function addReplayLetters(dlq: Command, inSession: InSession): void {
  defineCommand(dlq, {
    usage: 'replay [letters...]',
    summary: 'give dead letters to their consumer again',
    details:
      'Mend what made them dead letters first: a version, a schema, a clock. Each is applied once, however often it is asked for; what fails again stays, and says why',
    examples: [
      ['dlq replay eu-west/order/us-east.orders.v1:2:41', 'this one'],
      ['dlq replay --all', 'all that are open, in every region'],
      ['dlq replay --all --region eu-west --service order', 'all of one service'],
    ],
    failsWhen: 'at least one was not applied',
  })
    .option('--all', 'all that are open')
    .option('--region <id>', 'with --all: only of this one')
    .option('--service <name>', 'with --all: only of this one')
    .action(
      inSession<Where & { all?: boolean }>(async (session, { all = false, ...where }, names) => {
        if (all === names.length > 0) throw usageFault('Name the dead letters to replay, or say --all.');
        const letters: LetterName[] = all
          ? await lettersOf(session, where, 'open')
          : names.map((name) => letterNamed(session.topology, name));
        const results = await replayAll(session, letters);
        if (session.json) session.terminal.line(JSON.stringify({ results }, null, 2));
        else if (results.length === 0) session.terminal.line('No dead letter is open.');
        else for (const result of results) session.terminal.line(sentenceOf(result, session));
        const left = results.filter(({ outcome }) => !APPLIED.has(outcome)).length;
        if (left > 0) throw new CommandFailure(`${left} of ${results.length} were not applied.`);
      }),
    );
}

async function replayAll(session: Session, letters: readonly LetterName[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const ofService of Map.groupBy(letters, ({ region, service }) => `${region}/${service}`).values())
    for (let i = 0; i < ofService.length; i += AT_A_TIME) {
      const some = ofService.slice(i, i + AT_A_TIME);
      const [{ region, service }] = some as [LetterName];
      const call = { path: '/dead-letters/replay', body: { ids: some.map(({ id }) => id) }, timeoutMs: TIMEOUT_MS };
      const answer = await askService(session, { region, service }, call, replayResponse);
      results.push(...answer.results.map((result) => ({ ...result, region, service })));
    }
  return results;
}

const WORDS: Record<Result['outcome'], [Tone, string]> = {
  replayed: ['good', 'replayed'],
  'replayed-before': ['good', 'was replayed before'],
  'being-replayed': ['warn', 'is being replayed by somebody else'],
  failed: ['bad', 'failed again'],
  gone: ['bad', 'is no longer in its topic; "meridian repair" brings the state from another region'],
  unknown: ['bad', 'is no dead letter'],
};

function sentenceOf(result: Result, { terminal }: Session): string {
  const [tone, words] = WORDS[result.outcome];
  return `${nameOf(result)}  ${terminal.paint(tone, words)}${result.reason === null ? '' : `: ${result.reason}`}`;
}
