import type { Command } from 'commander';
import { defineCommand } from '../command-text.ts';
import type { InSession } from '../program.ts';
import { bringUp } from './bring-up.ts';
import type { UpOptions } from './up-options.ts';

export function addUpCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'up',
    summary: 'start every region, fill the catalog, place an order in each, and stay up',
    details:
      'The same as "npm start", which also installs and builds. Runs until Ctrl-C or "meridian down", which stop ' +
      'everything in order. A process that dies is started again. Data stays in .meridian/, and the next start goes on ' +
      'with it.\n\nWith --json there is one object a line; the one of type "ready" is the last of a start.',
    examples: [
      ['up', 'go on with the data of the run before'],
      ['up --fresh', 'begin anew'],
      ['up --profile none', 'without any delay between the regions'],
      ['up --trace-ratio 0.01', 'trace one request in a hundred'],
      ['up --port-offset 100', 'beside the first, with its own ports and data'],
    ],
    failsWhen:
      'something is missing, another run is up, a process does not come up or\n' +
      '     stay up, a first order is seen too early or not at all, or it was\n' +
      '     stopped before everything was up',
  })
    .option('--fresh', 'remove the data of the run before')
    .option('--profile <name>', "delays between the regions (default: the topology's)")
    .option('--trace-ratio <share>', 'share of traces to record, 0 to 1 (default: 1)')
    .option('--bare', 'regions only: no products and no first orders')
    .action(inSession<UpOptions>((session, options) => bringUp(session, options)));
}
