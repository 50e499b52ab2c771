import { REGION_EVENTS, type RegionCommand } from '@meridian/regions';
import type { Command } from 'commander';
import { usageFault } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { command } from '../instance/control.ts';
import { modeSentence } from '../mode/render-mode.ts';
import type { InSession } from '../program.ts';
import { knownRegion, type Session } from '../session.ts';

export function addRegionCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'region <event> <region>',
    summary: `take a region one step through its life cycle: ${REGION_EVENTS.join(', ')}`,
    details: 'Each step is a new epoch, decided by a majority of regions, or is refused in one sentence',
    examples: [
      ['region drain eu-west', 'no new work goes there'],
      ['region fail us-east --successor eu-west', 'without its consent; eu-west becomes the primary'],
      ['region recover us-east', 'it is back, and catches up'],
      ['mode', 'the state of each region'],
    ],
    failsWhen: 'no majority of regions can be reached, or the life cycle does not allow it',
  })
    .option('--successor <region>', 'for "fail" of the primary: who takes its place (default: chosen)')
    .action(
      inSession<{ successor?: string }>(async (session, { successor }, [event = '', region = '']) => {
        const table = await command(session, regionStep(session, event, region, successor));
        session.terminal.line(session.json ? JSON.stringify({ table }) : modeSentence(table));
      }),
    );
}

function regionStep(session: Session, event: string, name: string, successor: string | undefined): RegionCommand {
  const kind = REGION_EVENTS.find((known) => known === event);
  if (!kind) throw usageFault(`There is no step "${event}"; the steps are ${REGION_EVENTS.join(', ')}.`);
  const region = knownRegion(session.topology, name);
  if (kind !== 'fail') return { kind, region };
  return { kind, region, ...(successor !== undefined && { successor: knownRegion(session.topology, successor) }) };
}
