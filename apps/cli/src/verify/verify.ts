import { SERVICE_NAMES } from '@meridian/regions';
import type { Command } from 'commander';
import { CommandFailure } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { digestsOf } from '../instance/digests.ts';
import type { InSession } from '../program.ts';
import { compareDigests } from './compare-digests.ts';
import { comparisonSentence, renderComparisons } from './render-comparison.ts';

export function addVerifyCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'verify',
    summary: 'compare what the regions hold, service by service',
    details: 'Equal digests mean: the same users, products and orders in the same state.',
    examples: [
      ['verify', 'once everything has arrived, all regions are equal'],
      ['verify --json', 'the same for a script'],
    ],
    failsWhen: 'at least one region holds another state than the others',
  }).action(
    inSession(async (session) => {
      const comparisons = await Promise.all(
        SERVICE_NAMES.map(async (service) => compareDigests(service, await digestsOf(session, service))),
      );
      const equal = comparisons.every((c) => c.equal);
      if (session.json) session.terminal.line(JSON.stringify({ equal, services: comparisons }, null, 2));
      else session.terminal.line(renderComparisons(comparisons, session.terminal));
      const sentence = comparisonSentence(comparisons);
      if (!equal) throw new CommandFailure(sentence);
      if (!session.json) session.terminal.line(`\n${sentence}`);
    }),
  );
}
