import type { Command } from 'commander';
import type { InSession } from '../program.ts';
import { addDelay } from './delay.ts';
import { addFlap } from './flap.ts';
import { addHeal } from './heal.ts';
import { addIsolate } from './isolate.ts';
import { addList } from './list.ts';
import { addPartition } from './partition.ts';
import { addCrash, addKill, addRestart } from './processes.ts';

/** Every fault reads back from the WAN or the runner that it has hit, and fails when it has not. */
export function addFaultCommand(program: Command, inSession: InSession): void {
  const fault = program
    .command('fault')
    .summary('break links and processes, and mend them')
    .description('Break links and processes, and mend them. Each fault proves that it hit.');
  for (const add of [addPartition, addIsolate, addFlap, addDelay, addHeal, addKill, addCrash, addRestart, addList])
    add(fault, inSession);
}
