import type { Command } from 'commander';
import { CommandFailure } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import type { InSession } from '../program.ts';
import { renderStop } from './render-stop.ts';
import { tourStops } from './tour-stops.ts';

export function addTourCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'tour',
    summary: 'make the traces that are worth studying, and say how to find each in Jaeger',
    details:
      'An order near and one in every region, a partition and its heal, a retry in another region, a change of one field ' +
      'in two regions at once, a strong read that is forwarded home. Faults are healed again. docs/tutorial/studying-traces.md reads the traces with you.',
    examples: [
      ['tour', 'takes about 30 s'],
      ['tour --json', 'the same for a script'],
    ],
    failsWhen: 'a stop of the tour did not go as it says',
  }).action(
    inSession(async (session) => {
      const faults: string[] = [];
      const stops = [];
      for await (const stop of tourStops(session)) {
        stops.push(stop);
        if (!session.json) session.terminal.line(`${renderStop(stop, session)}\n`);
        if (stop.fault) faults.push(`${stop.title}: ${stop.fault}`);
      }
      if (session.json) session.terminal.line(JSON.stringify({ stops }, null, 2));
      if (faults.length > 0) throw new CommandFailure(faults.join('\n'));
    }),
  );
}
