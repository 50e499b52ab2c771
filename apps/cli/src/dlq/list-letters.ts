import type { Command } from 'commander';
import { usageFault } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import type { InSession } from '../program.ts';
import { lettersOf, type Where } from './letters.ts';
import { renderLetters } from './render-letters.ts';

const STATUSES = ['open', 'replayed', 'all'] as const;

export function addListLetters(dlq: Command, inSession: InSession): void {
  defineCommand(dlq, {
    usage: 'list',
    summary: 'list dead letters, with the reason of each',
    examples: [
      ['dlq list', 'what is open now, in every region'],
      ['dlq list --region eu-west --service order', 'of one service'],
      ['dlq list --status all --json', 'what was replayed, too, for a script'],
    ],
    failsWhen: 'a service does not answer',
  })
    .option('--region <id>', 'only of this one')
    .option('--service <name>', 'only of this one')
    .option('--status <status>', `${STATUSES.join(', ')}`, 'open')
    .action(
      inSession<Where & { status: string }>(async (session, { status, ...where }) => {
        const known = STATUSES.find((one) => one === status);
        if (!known) throw usageFault(`There is no status "${status}"; there are ${STATUSES.join(', ')}.`);
        const letters = await lettersOf(session, where, known);
        const { terminal } = session;
        if (session.json) terminal.line(JSON.stringify({ letters }, null, 2));
        else if (letters.length === 0) terminal.line(known === 'open' ? 'No dead letter is open.' : 'There are none.');
        else terminal.line(renderLetters(letters, terminal));
      }),
    );
}
