import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { CommandFailure } from '../command-failure.ts';
import { findTargets } from '../fault/find-targets.ts';
import type { Session } from '../session.ts';
import { type Container, containersToProcesses, inspected, memoryByContainer, serviceOf } from './container-state.ts';
import type { ProcessStatus } from './process-status.ts';

/**
 * The same questions and orders as the local runner's, put to Docker: what runs, kill, crash, restart. Docker supervises
 * the containers, so nothing of ours needs to run beside them. The command line is asked and not the engine's socket, as
 * it knows where the engine is (a context, a virtual machine, another host).
 */

/** What a region's other containers lean on: started first. */
const STORES = ['postgres', 'kafka'];
const STORES_WITHIN_MS = 60_000;

/** Undefined where there is no Docker, or no container of the project. */
export async function findContainers(session: Session): Promise<Container[] | undefined> {
  // The published ports are not shifted, so an instance with an offset is another one.
  if (session.portOffset !== 0) return undefined;
  const ids = await docker([
    'ps',
    '--all',
    '--quiet',
    '--filter',
    `label=com.docker.compose.project=${session.composeProject}`,
  ]).catch(() => '');
  if (ids.trim() === '') return undefined;
  const all = z.array(inspected).parse(JSON.parse(await docker(['inspect', ...ids.trim().split('\n')])));
  // A container that says nothing of its health is a job that ends, not a part of the system.
  return all
    .filter((c) => (c.Config.Healthcheck?.Test?.[0] ?? 'NONE') !== 'NONE')
    .sort((a, b) => (serviceOf(a) < serviceOf(b) ? -1 : 1));
}

export async function processesOf(
  session: Session,
  containers: Container[],
  withMemory: boolean,
): Promise<ProcessStatus[]> {
  const memory = withMemory ? await memoryOf(containers) : {};
  return containersToProcesses(containers, session.topology, memory);
}

/** Takes as long as the engine needs for one sample, about two seconds. */
async function memoryOf(containers: Container[]): Promise<Record<string, number>> {
  const running = containers.filter((c) => c.State.Running).map((c) => c.Id);
  if (running.length === 0) return {};
  return memoryByContainer(await docker(['stats', '--no-stream', '--no-trunc', '--format', '{{json .}}', ...running]));
}

export type Order = '/kill' | '/stop' | '/signal' | '/restart';

/** Carries out what the runner would be told, on a process or a whole region. */
export async function tellContainers(session: Session, all: Container[], target: string, order: Order): Promise<void> {
  const processes = containersToProcesses(all, session.topology);
  const found = new Set(findTargets(processes, target));
  const targets = all.filter((_, i) => found.has(processes[i] as ProcessStatus));
  const running = targets.filter((c) => c.State.Running).map((c) => c.Id);
  switch (order) {
    case '/kill':
      if (running.length > 0) await docker(['kill', ...running]);
      return;
    case '/stop':
      if (running.length > 0) await docker(['stop', ...running]);
      return;
    case '/signal':
      // From inside, and not by `docker kill`: a container killed from outside is not brought back. Everything in it dies
      // but its PID 1, which then ends with the same code.
      await Promise.all(running.map((id) => docker(['exec', id, 'sh', '-c', 'kill -9 -1']).catch(() => undefined)));
      return;
    case '/restart':
      if (running.length > 0) await docker(['stop', ...running]);
      await startInOrder(session, targets);
  }
}

async function startInOrder(session: Session, targets: Container[]): Promise<void> {
  const isStore = (c: Container) => STORES.some((store) => serviceOf(c).endsWith(`-${store}`));
  const stores = targets.filter(isStore).map((c) => c.Id);
  if (stores.length > 0) {
    await docker(['start', ...stores]);
    const deadline = performance.now() + STORES_WITHIN_MS;
    for (;;) {
      const now = (await findContainers(session)) ?? [];
      if (now.filter((c) => stores.includes(c.Id)).every((c) => c.State.Health?.Status === 'healthy')) break;
      if (performance.now() > deadline)
        throw new CommandFailure(`The stores are not healthy ${STORES_WITHIN_MS / 1000} s after they were started.`);
      await pause(200);
    }
  }
  const others = targets.filter((c) => !isStore(c)).map((c) => c.Id);
  if (others.length > 0) await docker(['start', ...others]);
}

function docker(args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('docker', args, { maxBuffer: 64 * 1024 * 1024 }, (failure, stdout, stderr) => {
      if (failure) reject(new CommandFailure(`docker ${args[0]} failed: ${(stderr || failure.message).trim()}`));
      else resolve(stdout);
    });
  });
}
