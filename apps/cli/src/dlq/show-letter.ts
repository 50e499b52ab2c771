import { deadLetterContentResponse } from '@meridian/contracts';
import type { Command } from 'commander';
import { defineCommand } from '../command-text.ts';
import { askService } from '../instance/services.ts';
import type { InSession } from '../program.ts';
import { letterNamed } from './letter-name.ts';
import { renderLetter } from './render-letters.ts';

/** It is looked up in its topic. */
const TIMEOUT_MS = 20_000;

export function addShowLetter(dlq: Command, inSession: InSession): void {
  defineCommand(dlq, {
    usage: 'show <letter>',
    summary: 'show one dead letter with its headers',
    details: 'Its value may hold personal data and is shown only with --value',
    examples: [
      ['dlq show eu-west/order/us-east.orders.v1:2:41', 'as "dlq list" names it'],
      ['dlq show eu-west/order/us-east.orders.v1:2:41 --value', 'and what the event says'],
    ],
    failsWhen: 'there is no such dead letter',
  })
    .option('--value', 'also what the event says')
    .action(
      inSession<{ value?: boolean }>(async (session, { value = false }, [name = '']) => {
        const letter = letterNamed(session.topology, name);
        const path = `/dead-letters/${encodeURIComponent(letter.id)}?value=${value}`;
        const found = await askService(session, letter, { path, timeoutMs: TIMEOUT_MS }, deadLetterContentResponse);
        const { terminal } = session;
        terminal.line(session.json ? JSON.stringify(found, null, 2) : renderLetter(found, terminal));
      }),
    );
}
