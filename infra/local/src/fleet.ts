import { availableParallelism } from 'node:os';
import type { ProcessSpec } from '@meridian/process';
import type { LocalAddresses, RegionId } from '@meridian/regions';
import { residentBytes } from './process-identity.ts';
import { Supervised, type SupervisedStatus, type SupervisionEvent } from './supervisor.ts';

export type ProcessKind =
  | 'postgres'
  | 'kafka'
  | 'user'
  | 'catalog'
  | 'order'
  | 'replicator'
  | 'control'
  | 'wan'
  | 'edge'
  | 'console';

export interface ProcessStatus extends SupervisedStatus {
  kind: ProcessKind;
  region: RegionId | undefined;
  /** Memory in bytes, shared pages counted once; undefined when it does not run. */
  rssBytes: number | undefined;
  port: number | undefined;
}

/** Stopped in this order, restarted in the reverse one: nobody loses what it leans on before it has finished. */
const STOP_ORDER: ProcessKind[][] = [
  ['edge'],
  ['user', 'catalog', 'order'],
  // A service is ready when the control of its region has told it the epoch.
  ['replicator', 'control'],
  ['wan', 'console'],
  ['kafka', 'postgres'],
];

/**
 * How many processes of a region start at a time while the other regions serve. A process that starts takes a processor for
 * itself; with five of them at once on two processors, orders in the other regions took up to 5 s. A region on machines of
 * its own would disturb nobody.
 */
const STARTS_AT_A_TIME = Math.max(1, availableParallelism() - 1);

const kindOf = (name: string) => name.slice(name.indexOf('/') + 1) as ProcessKind;
const regionOfName = (name: string) => (name.includes('/') ? name.slice(0, name.indexOf('/')) : undefined);

/** All processes of a run, by name. */
export class Fleet {
  readonly #members = new Map<string, Supervised>();
  readonly #addresses: LocalAddresses;
  readonly #runDir: string;
  readonly #onEvent: (event: SupervisionEvent) => void;
  #stopping = false;

  constructor(addresses: LocalAddresses, runDir: string, onEvent: (event: SupervisionEvent) => void) {
    this.#addresses = addresses;
    this.#runDir = runDir;
    this.#onEvent = onEvent;
  }

  /** Starts a process and keeps it running; resolves when it serves. */
  async start(spec: ProcessSpec): Promise<void> {
    this.#mustNotBeStopping();
    const member = new Supervised(spec, this.#runDir, this.#onEvent);
    this.#members.set(spec.name, member);
    await member.start();
  }

  status(): ProcessStatus[] {
    const all = [...this.#members.values()].map((member) => member.status());
    const memory = residentBytes(all.flatMap(({ pid }) => (pid === undefined ? [] : [pid])));
    return all.map((status) => ({
      ...status,
      kind: kindOf(status.name),
      region: regionOfName(status.name),
      rssBytes: status.pid === undefined ? undefined : memory.get(status.pid),
      port: this.#portOf(status.name),
    }));
  }

  regions(): RegionId[] {
    return [...new Set([...this.#members.keys()].flatMap((name) => regionOfName(name) ?? []))];
  }

  /** The processes that a target names: one process, or every process of a region. Throws when it names none. */
  find(target: string): Supervised[] {
    const one = this.#members.get(target);
    const found = one ? [one] : [...this.#members.values()].filter((m) => regionOfName(m.spec.name) === target);
    if (found.length > 0) return found;
    throw new Error(`There is no process or region "${target}"; there are ${[...this.#members.keys()].join(', ')}.`);
  }

  /** SIGKILL, all at once, and they stay down. */
  async kill(target: string): Promise<string[]> {
    const found = this.find(target);
    await Promise.all(found.map((member) => member.kill()));
    return found.map((member) => member.spec.name);
  }

  /** In order, and they stay down. */
  async stop(target: string): Promise<string[]> {
    const found = this.find(target);
    await stopInOrder(found);
    return found.map((member) => member.spec.name);
  }

  /** As from outside: what dies of it is started again. */
  signal(target: string, signal: NodeJS.Signals): string[] {
    const found = this.find(target);
    for (const member of found) member.signal(signal);
    return found.map((member) => member.spec.name);
  }

  /** Stops what runs of the target and starts all of it, what is leaned on first. */
  async restart(target: string): Promise<string[]> {
    this.#mustNotBeStopping();
    const found = this.find(target);
    await stopInOrder(found);
    for (const kinds of [...STOP_ORDER].reverse()) {
      // Again, as it took its time: `stopAll` may have passed these kinds, and would not come back for them.
      this.#mustNotBeStopping();
      await startBySome(ofKinds(found, kinds));
    }
    return found.map((member) => member.spec.name);
  }

  async stopAll(): Promise<void> {
    this.#stopping = true;
    await stopInOrder([...this.#members.values()]);
  }

  #mustNotBeStopping(): void {
    if (this.#stopping) throw new Error('The run is being stopped.');
  }

  #portOf(name: string): number | undefined {
    const kind = kindOf(name);
    const at = this.#addresses.regions[regionOfName(name) ?? ''];
    if (kind === 'wan') return this.#addresses.wanControl.port;
    if (kind === 'edge') return this.#addresses.edge.port;
    if (kind === 'console') return this.#addresses.traceQuery.port;
    if (kind === 'kafka') return at?.kafka.local.port;
    if (kind === 'postgres' || kind === 'replicator' || kind === 'control') return at?.[kind].port;
    return at?.services[kind].port;
  }
}

const ofKinds = (members: Supervised[], kinds: ProcessKind[]) =>
  members.filter((member) => kinds.includes(kindOf(member.spec.name)));

/** Rejects with the first failure; what is not begun by then is not. */
async function startBySome(members: Supervised[]): Promise<void> {
  const waiting = [...members];
  const startNext = async (): Promise<void> => {
    const member = waiting.shift();
    if (!member) return;
    try {
      await member.start();
    } catch (failure) {
      waiting.length = 0;
      throw failure;
    }
    await startNext();
  };
  await Promise.all(Array.from({ length: STARTS_AT_A_TIME }, startNext));
}

/** Goes on after a failure, as the rest must be stopped all the same; rejects with the first one at the end. */
async function stopInOrder(members: Supervised[]): Promise<void> {
  const results: PromiseSettledResult<void>[] = [];
  for (const kinds of STOP_ORDER)
    results.push(...(await Promise.allSettled(ofKinds(members, kinds).map((member) => member.stop()))));
  const failed = results.find((r) => r.status === 'rejected');
  if (failed) throw failed.reason;
}
