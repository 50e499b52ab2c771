import { regionIds } from '@meridian/regions';
import type { Command } from 'commander';
import { CommandFailure } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { findControls, newestTable } from '../instance/control.ts';
import { findEdgeRegions } from '../instance/edge.ts';
import { runnerStatusOf } from '../instance/runner.ts';
import { findStreams } from '../instance/services.ts';
import { findLinks } from '../instance/wan.ts';
import { isPutBy } from '../mode/is-put-by.ts';
import type { InSession } from '../program.ts';
import { isAmiss, judgeSources } from '../sources/judge-sources.ts';
import { isRunningState, renderStatus, totalRssBytes } from './render-status.ts';

export function addStatusCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'status',
    summary:
      'show every process, the memory in all, epoch and mode, what the edge sees, links with faults, and missing events',
    examples: [
      ['status', 'a table by region'],
      ['status --json', 'the same for a script'],
    ],
    failsWhen: 'nothing is running, or some process is not that should be',
  }).action(
    inSession(async (session) => {
      const runner = await runnerStatusOf(session, { memory: true });
      const [edge, controls, links, streams] = await Promise.all([
        findEdgeRegions(session),
        findControls(session),
        findLinks(session),
        findStreams(session),
      ]);
      const sources = judgeSources(streams);
      const { terminal } = session;
      if (session.json) {
        const totalRss = totalRssBytes(runner.processes);
        const faults = links?.filter((l) => l.fault !== null) ?? null;
        const missing = sources.filter(isAmiss);
        const status = { ...runner, totalRssBytes: totalRss, edge: edge ?? null, controls, faults, missing };
        terminal.line(JSON.stringify(status, null, 2));
      } else
        terminal.line(
          renderStatus(
            { runner, edge, controls, links, sources },
            { ...terminal, regions: regionIds(session.topology) },
          ),
        );
      const table = newestTable(controls);
      const down = runner.processes.filter((p) => !isRunningState(p) && !isPutBy(p, table));
      if (down.length > 0)
        throw new CommandFailure(`Not running: ${down.map((p) => `${p.name} (${p.state})`).join(', ')}.`);
    }),
  );
}
