import { type Command, CommanderError } from 'commander';
import { type CliConfig, readCliConfig } from './cli.config.ts';
import { CommandFailure, EXIT, type ExitCode } from './command-failure.ts';
import { addCompareCommand } from './compare/compare.ts';
import { addConflictsCommand } from './conflicts/conflicts.ts';
import { addDlqCommand } from './dlq/dlq.ts';
import { addDownCommand } from './down/down.ts';
import { addEvacuateCommand } from './evacuate/evacuate.ts';
import { addFailbackCommand } from './failback/failback.ts';
import { addFailoverCommand } from './failover/failover.ts';
import { addFaultCommand } from './fault/fault.ts';
import { addSeedCommand } from './first-order/seed.ts';
import { createHttp, type Http } from './instance/http.ts';
import { addLagCommand } from './lag/lag.ts';
import { addModeCommand } from './mode/mode.ts';
import { addOffsetsCommand } from './offsets/offsets.ts';
import { addOrderCommand } from './order/order.ts';
import { createProgram, type InSession } from './program.ts';
import { addRebuildCommand } from './rebuild/rebuild.ts';
import { addRegionCommand } from './region/region.ts';
import { addRehomeCommand } from './rehome/rehome.ts';
import { addRepairCommand } from './repair/repair.ts';
import { addressesAt, readTopologyFile, type Session } from './session.ts';
import { addStatusCommand } from './status/status.ts';
import { createTerminal, type Terminal } from './terminal/terminal.ts';
import { addTourCommand } from './tour/tour.ts';
import { addTraceCommand } from './trace/trace.ts';
import { addUpCommand } from './up/up.ts';
import { addVerifyCommand } from './verify/verify.ts';

export interface Surroundings {
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
}

/** Runs one command line (without `node` and the script) and says with which code to exit. Never throws. */
export async function run(argv: readonly string[], { stdout, stderr }: Surroundings): Promise<ExitCode> {
  const config = readCliConfig(stdout.isTTY === true);
  const terminal = createTerminal(stdout, stderr, config);
  const http = createHttp();
  const program = createProgram(sessionMaker(config, terminal, http), [
    addUpCommand,
    addDownCommand,
    addSeedCommand,
    addStatusCommand,
    addOrderCommand,
    addTraceCommand,
    addLagCommand,
    addFaultCommand,
    addModeCommand,
    addCompareCommand,
    addRegionCommand,
    addEvacuateCommand,
    addFailoverCommand,
    addFailbackCommand,
    addRehomeCommand,
    addVerifyCommand,
    addRepairCommand,
    addRebuildCommand,
    addDlqCommand,
    addOffsetsCommand,
    addConflictsCommand,
    addTourCommand,
  ]);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    return judge(error, terminal, argv.includes('--json'));
  } finally {
    await http.close();
  }
}

function sessionMaker(config: CliConfig, terminal: Terminal, http: Http): InSession {
  return (work) =>
    async (...args) => {
      const command = args.at(-1) as Command;
      const options = command.opts<{ json?: boolean; portOffset?: string }>();
      const topology = readTopologyFile(config.topologyPath);
      const session: Session = {
        topology,
        topologyPath: config.topologyPath,
        ...addressesAt(topology, options.portOffset ?? config.portOffset, config.deployment),
        deployment: config.deployment,
        composeProject: config.composeProject,
        replicator: config.replicator,
        topicCompression: config.topicCompression,
        http,
        terminal,
        json: options.json === true,
      };
      const operands = args.slice(0, -2).flat() as string[];
      await work(session, options as never, operands);
    };
}

function judge(error: unknown, terminal: Terminal, json: boolean): ExitCode {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; asking for help is no fault.
    const asked = error.code === 'commander.helpDisplayed' || error.code === 'commander.version';
    return asked || error.message === '(outputHelp)' ? (error.exitCode === 0 ? EXIT.ok : EXIT.usage) : EXIT.usage;
  }
  const sentence = error instanceof Error ? error.message : String(error);
  if (json) terminal.line(JSON.stringify({ error: sentence }));
  terminal.errorLine(terminal.paint('bad', sentence));
  return error instanceof CommandFailure ? error.exitCode : EXIT.failed;
}
