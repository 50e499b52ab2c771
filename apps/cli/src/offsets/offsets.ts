import type { Command } from 'commander';
import type { InSession } from '../program.ts';
import { addTranslateOffsets } from './translate-offsets.ts';

/** What a consumer group has read is known in one region's cluster alone; this is how it is made known in another's. */
export function addOffsetsCommand(program: Command, inSession: InSession): void {
  const offsets = program
    .command('offsets')
    .summary('translate the positions of a consumer group that moves to another region')
    .description('The positions of consumer groups: a group that moves between regions reads on where it was.');
  addTranslateOffsets(offsets, inSession);
}
