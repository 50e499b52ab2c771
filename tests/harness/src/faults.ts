import type { RegionId } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { runner, wan } from './clients.ts';
import { meridian, meridianJson } from './containers.ts';
import { deployment } from './deployment.config.ts';

interface LinkState {
  id: string;
  from: string;
  to: string;
  fault: string | null;
  bytesIn: number;
  bytesOut: number;
}

export interface ProcessState {
  name: string;
  kind: string;
  region?: string;
  pid: number;
  state: string;
  restarts: number;
  rssBytes?: number;
}

const demand = (answer: { status: number; body: unknown }, what: string) => {
  if (answer.status >= 300) throw new Error(`${what} was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
};

export async function linksBetween(a: RegionId, b: RegionId): Promise<LinkState[]> {
  const { body } = await wan('/links');
  return (body as LinkState[]).filter((l) => (l.from === a && l.to === b) || (l.from === b && l.to === a));
}

/** Cuts two regions off from each other, and proves it: the links say so, and no byte passes. */
export async function partition(a: RegionId, b: RegionId): Promise<void> {
  demand(await wan('/faults', { method: 'POST', body: { kind: 'partition', regions: [a, b] } }), 'The partition');
  const links = await linksBetween(a, b);
  const open = links.filter((l) => l.fault !== 'black-hole');
  if (links.length === 0 || open.length > 0) throw new Error(`The partition did not hit: ${JSON.stringify(links)}`);
}

export async function heal(): Promise<void> {
  demand(await wan('/faults', { method: 'DELETE' }), 'The heal');
}

export async function processes(): Promise<ProcessState[]> {
  if (deployment === 'compose') return (await meridianJson('status')).processes;
  return (await runner('/status')).body.processes;
}

export async function processNamed(name: string): Promise<ProcessState> {
  const found = (await processes()).find((p) => p.name === name);
  if (!found) throw new Error(`The runner knows no process "${name}".`);
  return found;
}

/** Kills a process or a whole region; it stays down until restarted. Proves that nothing of it runs any more. */
export async function kill(target: string): Promise<void> {
  if (deployment === 'compose') return faultByCommand('kill', target);
  demand(await runner('/kill', { method: 'POST', body: { target }, timeoutMs: 30_000 }), `Killing ${target}`);
  const hit = (await processes()).filter((p) => p.name === target || p.region === target);
  const alive = hit.filter((p) => p.state === 'running');
  if (hit.length === 0 || alive.length > 0) throw new Error(`The kill did not hit: ${JSON.stringify(hit)}`);
}

export async function restart(target: string): Promise<void> {
  if (deployment === 'compose') return faultByCommand('restart', target);
  demand(await runner('/restart', { method: 'POST', body: { target }, timeoutMs: 60_000 }), `Restarting ${target}`);
}

/** The command reads back by itself that it hit, and ends with 1 where it did not. */
async function faultByCommand(fault: 'kill' | 'restart', target: string): Promise<void> {
  const { code, stderr } = await meridian('fault', fault, target);
  if (code !== 0) throw new Error(`meridian fault ${fault} ${target} ended with ${code}: ${stderr}`);
}

/** A signal as from outside, e.g. SIGSTOP. What dies of it is started again. */
export async function signal(name: string, what: NodeJS.Signals): Promise<void> {
  demand(await runner('/signal', { method: 'POST', body: { target: name, signal: what } }), `${what} to ${name}`);
}

/** SIGKILLs a process and waits until its supervisor has it running again under another pid. Returns the ms that took. */
export async function killNine(name: string, withinMs = 30_000): Promise<number> {
  const before = await processNamed(name);
  const started = performance.now();
  await signal(name, 'SIGKILL');
  await eventually(
    async () => {
      const now = await processNamed(name);
      if (now.pid === before.pid || now.state !== 'running')
        throw new Error(`${name} is not back: ${JSON.stringify(now)}`);
    },
    { withinMs, everyMs: 50 },
  );
  return performance.now() - started;
}
