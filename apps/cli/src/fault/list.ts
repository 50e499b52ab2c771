import { oneWayMs } from '@meridian/regions';
import type { Command } from 'commander';
import { defineCommand } from '../command-text.ts';
import { runnerStatusOf } from '../instance/runner.ts';
import { linksOf } from '../instance/wan.ts';
import type { InSession } from '../program.ts';
import { renderFaults } from './render-faults.ts';

export function addList(fault: Command, inSession: InSession): void {
  defineCommand(fault, {
    usage: 'list',
    summary: 'show what is broken now',
    examples: [['fault list', 'links that are cut or slowed by hand, and processes that do not run']],
    failsWhen: 'nothing is running',
  }).action(
    inSession(async (session) => {
      const { topology, terminal } = session;
      const [{ profile, processes }, links] = await Promise.all([runnerStatusOf(session), linksOf(session)]);
      const regions = new Set(topology.regions.map((r) => r.id));
      const usualMs = (from: string, to: string) =>
        regions.has(from) && regions.has(to) ? oneWayMs(topology, profile, from, to) : 0;
      const cut = links.filter((l) => l.fault !== null);
      const delayed = links.filter((l) => l.fault === null && Math.abs(l.delayMs - usualMs(l.from, l.to)) > 1e-6);
      const down = processes.filter((p) => p.state !== 'running');
      if (session.json) terminal.line(JSON.stringify({ cut, delayed, down }, null, 2));
      else terminal.line(renderFaults({ cut, delayed, down }, { ...terminal, usualMs }));
    }),
  );
}
