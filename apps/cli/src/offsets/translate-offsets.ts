import { setTimeout as pause } from 'node:timers/promises';
import { type TranslateOffsetsResponse, translateOffsetsResponse } from '@meridian/contracts';
import { type RegionId, urlOf } from '@meridian/regions';
import type { Command } from 'commander';
import { CommandFailure, usageFault } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { reach, shaped } from '../instance/ask.ts';
import { problemSentence } from '../instance/http.ts';
import type { InSession } from '../program.ts';
import { knownRegion, type Session } from '../session.ts';
import { followingSentence, renderTranslation, translationSentences } from './render-translation.ts';

/** Records of every partition are looked up over the link, several round trips each. */
const TIMEOUT_MS = 60_000;

/**
 * Refusals that pass by themselves: a cluster is away; or somebody reads there since it was asked, which the next look tells. All others
 * say that what was asked for is not there, and will not be.
 */
const PASSING = new Set([409, 503]);

class PassingFailure extends CommandFailure {}

interface Options {
  group: string;
  from: string;
  to: string;
  topic?: string[];
  apply?: boolean;
  every?: string;
}

export function addTranslateOffsets(offsets: Command, inSession: InSession): void {
  defineCommand(offsets, {
    usage: 'translate',
    summary: "say, or commit, where a consumer group reads on in another region's cluster",
    details:
      'An offset of one cluster means nothing in another. The record that the group would read next is found there, so that it skips nothing; read again is what replication has repeated there, and what it had not copied yet. ' +
      'To be ready for the loss of a region, keep the positions translated with --apply --every: afterwards nobody can ask it',
    examples: [
      ['offsets translate --group reports --from us-east --to eu-west', 'says where it would read on'],
      ['offsets translate --group reports --from us-east --to eu-west --apply', 'the same, and commits it there'],
      [
        'offsets translate --group reports --from us-east --to eu-west --apply --every 5',
        'again every 5 s until Ctrl-C',
      ],
      ['offsets translate --group reports --from us-east --to eu-west --topic orders.v1', 'of one topic'],
    ],
    failsWhen: 'the group has read nothing there, is being read in the other region already, or a cluster is away',
  })
    .requiredOption('--group <name>', 'the consumer group')
    .requiredOption('--from <region>', 'where it has read')
    .requiredOption('--to <region>', 'where it is to read on')
    .option('--topic <names...>', 'only these, as the region that it comes from names them')
    .option('--apply', 'commit the positions; the group must have no members there')
    .option('--every <seconds>', 'do it again until Ctrl-C, or until the group is read there')
    .action(
      inSession<Options>(async (session, options) => {
        const from = knownRegion(session.topology, options.from);
        const to = knownRegion(session.topology, options.to);
        if (from === to) throw usageFault(`A group moves between two regions; "${from}" is named twice.`);
        if (options.every === undefined) return print(session, await translate(session, { ...options, from, to }));
        await follow(session, { ...options, from, to }, secondsBetween(options.every));
      }),
    );
}

type Wanted = Options & { from: RegionId; to: RegionId };

async function translate(session: Session, { group, from, to, topic, apply = false }: Wanted) {
  const address = session.addresses.regions[to]?.replicator;
  if (!address) throw new Error(`The topology has no region "${to}".`);
  const body = { group, from, apply, ...(topic ? { topics: topic } : {}) };
  const call = { method: 'POST', url: `${urlOf(address)}/offsets/translate`, body, timeoutMs: TIMEOUT_MS } as const;
  const who = `${to}/replicator`;
  const answer = await reach(session, who, call).catch((failure: unknown) => {
    throw failure instanceof CommandFailure ? new PassingFailure(failure.message) : failure;
  });
  if (PASSING.has(answer.status)) throw new PassingFailure(`${who} refused: ${problemSentence(answer)}.`);
  return shaped(who, answer, translateOffsetsResponse);
}

/** What fails for an outage is told and tried again: that of the region is what it is made for. */
async function follow(session: Session, wanted: Wanted, everyMs: number): Promise<void> {
  for (;;) {
    // Asked first, as to commit is refused once it is read there: then it has moved, and this is done.
    const translation = await translate(session, { ...wanted, apply: false })
      .then(async (said) => (wanted.apply && said.members.to === 0 ? await translate(session, wanted) : said))
      .catch((failure: unknown) => {
        if (!(failure instanceof PassingFailure)) throw failure;
        session.terminal.errorLine(session.terminal.paint('bad', failure.message));
      });
    if (translation) {
      session.terminal.line(session.json ? JSON.stringify(translation) : followingSentence(translation, new Date()));
      if (translation.members.to > 0) return;
    }
    await pause(everyMs);
  }
}

function print(session: Session, translation: TranslateOffsetsResponse): void {
  const { terminal } = session;
  if (session.json) {
    terminal.line(JSON.stringify(translation, null, 2));
    return;
  }
  terminal.line(renderTranslation(translation, terminal));
  for (const sentence of translationSentences(translation)) terminal.line(`\n${sentence}`);
}

function secondsBetween(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds >= 1 && seconds <= 3_600) return seconds * 1_000;
  throw usageFault(`--every takes seconds from 1 to 3600, not "${text}".`);
}
