import type { Command } from 'commander';
import type { InSession } from '../program.ts';
import { addListLetters } from './list-letters.ts';
import { addReplayLetters } from './replay-letters.ts';
import { addShowLetter } from './show-letter.ts';

/** What consumers gave up is no longer in anybody's way, and is not lost: it is seen here, and replayed once it can be. */
export function addDlqCommand(program: Command, inSession: InSession): void {
  const dlq = program
    .command('dlq')
    .summary('list, show and replay what could not be applied')
    .description('List, show and replay dead letters: events that a service of a region could not apply.');
  for (const add of [addListLetters, addShowLetter, addReplayLetters]) add(dlq, inSession);
}
