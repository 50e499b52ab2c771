import { regionIds } from '@meridian/regions';
import type { Command } from 'commander';
import { CommandFailure } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { findEdgeRegions } from '../instance/edge.ts';
import { runnerStatusOf } from '../instance/runner.ts';
import { findLinks } from '../instance/wan.ts';
import type { InSession } from '../program.ts';
import { isRunningState, renderStatus, totalRssBytes } from './render-status.ts';

export function addStatusCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'status',
    summary: 'show every process, the memory in all, what the edge sees, and links with faults',
    examples: [
      ['status', 'a table by region'],
      ['status --json', 'the same for a script'],
    ],
    failsWhen: 'nothing is running, or some process is not',
  }).action(
    inSession(async (session) => {
      const runner = await runnerStatusOf(session, { memory: true });
      const [edge, links] = await Promise.all([findEdgeRegions(session), findLinks(session)]);
      const { terminal } = session;
      if (session.json) {
        const totalRss = totalRssBytes(runner.processes);
        const faults = links?.filter((l) => l.fault !== null) ?? null;
        terminal.line(JSON.stringify({ ...runner, totalRssBytes: totalRss, edge: edge ?? null, faults }, null, 2));
      } else
        terminal.line(renderStatus({ runner, edge, links }, { ...terminal, regions: regionIds(session.topology) }));
      const down = runner.processes.filter((p) => !isRunningState(p));
      if (down.length > 0)
        throw new CommandFailure(`Not running: ${down.map((p) => `${p.name} (${p.state})`).join(', ')}.`);
    }),
  );
}
