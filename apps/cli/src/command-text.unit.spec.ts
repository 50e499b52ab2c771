import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { addDownCommand } from './down/down.ts';
import { addEvacuateCommand } from './evacuate/evacuate.ts';
import { addFailbackCommand } from './failback/failback.ts';
import { addFailoverCommand } from './failover/failover.ts';
import { addFaultCommand } from './fault/fault.ts';
import { addLagCommand } from './lag/lag.ts';
import { addModeCommand } from './mode/mode.ts';
import { addOrderCommand } from './order/order.ts';
import { createProgram } from './program.ts';
import { addStatusCommand } from './status/status.ts';
import { addTraceCommand } from './trace/trace.ts';
import { addUpCommand } from './up/up.ts';
import { addVerifyCommand } from './verify/verify.ts';

const program = createProgram(
  () => async () => undefined,
  [
    addUpCommand,
    addDownCommand,
    addStatusCommand,
    addOrderCommand,
    addTraceCommand,
    addLagCommand,
    addFaultCommand,
    addModeCommand,
    addEvacuateCommand,
    addFailoverCommand,
    addFailbackCommand,
    addVerifyCommand,
  ],
);
const leaves = program.commands.flatMap((c) => (c.commands.length > 0 ? c.commands : [c]));

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => 80,
  });
  command.outputHelp();
  return text;
}

test.each(leaves.map((command) => [command.name(), command] as const))(
  'the help of %s has examples and exit codes, and fits 80 columns',
  (name, command) => {
    const help = helpOf(command);
    expect(help).toMatch(new RegExp(`^  npx meridian .*${name}`, 'm'));
    expect(help).toMatch(/Exit codes:\n {2}0 {2}done\n {2}1 {2}\S/);
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  },
);
