import { stopRunning } from '@meridian/local';
import type { Command } from 'commander';
import { CommandFailure } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { findContainers } from '../instance/containers.ts';
import type { InSession } from '../program.ts';
import { renderDown } from './render-down.ts';

export function addDownCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'down',
    summary: 'stop everything in order, and whatever a killed run has left behind',
    details: 'Data stays. That nothing is running is no failure.',
    examples: [
      ['down', 'as Ctrl-C where it was started'],
      ['down --port-offset 100', 'the one started with this offset'],
    ],
    failsWhen: 'it could not be stopped',
  }).action(
    inSession(async (session) => {
      const { portOffset, json, terminal } = session;
      const started = performance.now();
      const result = await stopRunning(portOffset);
      const ms = performance.now() - started;
      const stopped = result.stoppedRunner !== undefined || result.leftovers.length > 0;
      if (!stopped && (await findContainers(session)))
        throw new CommandFailure('Meridian runs in containers here; "docker compose down" stops them.');
      if (!json) return terminal.line(renderDown(result, ms, portOffset));
      const { stoppedRunner = null, leftovers } = result;
      terminal.line(JSON.stringify({ stoppedRunner, leftovers, ms: Math.round(ms) }, null, 2));
    }),
  );
}
