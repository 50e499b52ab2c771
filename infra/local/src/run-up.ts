import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import path from 'node:path';
import type { ReplicationEngineName, TopicCompression } from '@meridian/contracts';
import { type LocalAddresses, localAddresses, parseTopology, type Topology } from '@meridian/regions';
import { startControlApi } from './control-api.ts';
import { Fleet, type ProcessStatus } from './fleet.ts';
import { localPaths, removeData, repositoryRoot } from './paths.ts';
import { checkPrerequisites } from './prerequisites.ts';
import { builtProgram } from './process-specs.ts';
import {
  claimRunner,
  endLeftovers,
  RUNNER,
  RunsAlready,
  recordProcess,
  releaseRunner,
  runningRunner,
} from './run-records.ts';
import { destroyRegion, type Start, type Step, startAll, stepper } from './start-all.ts';
import type { SupervisionEvent } from './supervisor.ts';

export interface RunUpOptions {
  /** A multiple of 100 up to 900: an independent set of regions with ports and data of its own. Default 0. */
  portOffset?: number;
  /** Where data, logs and records lie. Default `.meridian` in the checkout, or `.meridian/offset-<portOffset>`. */
  dataDir?: string;
  /** The regions to start; `infra/topology.json` unless given. */
  topologyFile?: string;
  /** A profile of the topology; its default unless given. */
  profile?: string;
  /** Share of traces recorded, 0 to 1. Default 1. */
  traceRatio?: number;
  /** The replicator's engine; its own default unless given. */
  replicator?: ReplicationEngineName;
  /** Of each region's own topics, those of the run before as well. Default `none`: they stay as they are sent. */
  topicCompression?: TopicCompression;
  /** Remove the data of the run before. */
  fresh?: boolean;
  /** Aborting stops in order whatever was started by then; `runUp` rejects with `StoppedWhileStarting`. */
  signal?: AbortSignal;
  onStep?: (step: Step) => void;
  onEvent?: (event: SupervisionEvent) => void;
  /** One sentence that a person should know: leftovers ended, data put elsewhere. */
  onNote?: (sentence: string) => void;
  /** What Node is given to run an app; its build unless given. For tests of the runner itself. */
  programOf?: (app: string) => string[];
}

export interface RunningSystem {
  topology: Topology;
  addresses: LocalAddresses;
  profile: string;
  logsDir: string;
  processes(): ProcessStatus[];
  /** Resolves when everything is down: 0 when that was asked for, 1 when a process would not stay up. */
  closed: Promise<number>;
  /** Stops everything in order. */
  shutdown(): Promise<void>;
}

/** Not a fault: starting was given up because someone asked for it (the signal, or `POST /shutdown`). */
export class StoppedWhileStarting extends Error {
  constructor() {
    super('Stopped while starting.');
  }
}

const localTopologyFile = path.join(repositoryRoot, 'infra/topology.json');

export function readLocalTopology(file = localTopologyFile): Topology {
  return parseTopology(JSON.parse(readFileSync(file, 'utf8')));
}

/**
 * Starts every region of the topology on this machine, in parallel where nothing waits, and keeps it running. Throws
 * plain sentences when something is missing, when a run is up already (`RunsAlready`), or when a process does not come
 * to serve; whatever was started by then is stopped.
 */
export async function runUp(options: RunUpOptions = {}): Promise<RunningSystem> {
  const { onNote = () => undefined, portOffset = 0, topologyFile = localTopologyFile } = options;
  const topology = readLocalTopology(topologyFile);
  const profile = options.profile ?? topology.defaultProfile;
  if (!(profile in topology.profiles))
    throw new Error(`There is no profile "${profile}"; there are ${Object.keys(topology.profiles).join(', ')}.`);
  const addresses = localAddresses(topology, portOffset);
  const paths = localPaths(portOffset, options.dataDir);
  if (options.signal?.aborted) throw new StoppedWhileStarting();

  await claimRunner(paths.run);
  const closed = Promise.withResolvers<number>();
  const starting = new AbortController();
  let control: Server | undefined;
  let stopping: { done: Promise<void>; code: number } | undefined;
  const stop = (code: number) => {
    stopping ??= {
      code,
      done: (async () => {
        starting.abort(new StoppedWhileStarting());
        await fleet.stopAll().catch((failure: Error) => onNote(`Not everything stopped: ${failure.message}`));
        control?.close();
        control?.closeAllConnections();
        await releaseRunner(paths.run);
        closed.resolve(code);
      })(),
    };
    return stopping.done;
  };
  const fleet = new Fleet(addresses, paths.run, (event) => {
    options.onEvent?.(event);
    if (event.type === 'gave-up') void stop(1);
  });
  const onAbort = () => void stop(0);
  let run: Start | undefined;
  let isUp = false;
  const destroy = async (region: string) => {
    if (!run || !isUp) throw new Error('The run is still starting.');
    // What a person is told of the start is told by now.
    await destroyRegion({ ...run, step: stepper() }, region);
  };
  options.signal?.addEventListener('abort', onAbort);

  try {
    // Before anything is touched: the system gives a port to one process only, and takes it back when that one dies.
    control = await bindRunnerPort(paths.run, () =>
      startControlApi(addresses.runner, { fleet, profile, shutdown: onAbort, destroy }),
    );
    // Again, by the one who holds the port: another that found the same stale record may have written its own since.
    recordProcess(paths.run, RUNNER, process.pid, 'SIGTERM');
    const left = await endLeftovers(paths.run);
    if (left.length > 0) onNote(`Ended what a killed run had left behind: ${left.join(', ')}.`);
    const missing = await checkPrerequisites(topology, addresses, paths);
    if (missing.length > 0) throw new Error(missing.join('\n'));
    if (options.fresh) await removeData(paths);
    const { traceRatio = 1, replicator, topicCompression = 'none' } = options;
    const told = { profile, traceRatio, replicator, topicCompression };
    const settings = { paths, topologyFile, addresses, portOffset, ...told };
    run = {
      topology,
      settings: { ...settings, programOf: options.programOf ?? builtProgram },
      fleet,
      step: stepper(options.onStep),
      onNote,
      signal: starting.signal,
      // What else is starting is stopped at once; it would only be waited for.
      onFirstFailure: () => void stop(1),
    };
    await startAll(run);
    isUp = true;
    if (starting.signal.aborted) throw new StoppedWhileStarting();
  } catch (failure) {
    const asked = stopping?.code === 0;
    await stop(1);
    throw asked ? new StoppedWhileStarting() : failure;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
  return {
    ...{ topology, addresses, profile, closed: closed.promise },
    logsDir: paths.logs,
    processes: () => fleet.status(),
    shutdown: () => stop(0),
  };
}

async function bindRunnerPort(runDir: string, bind: () => Promise<Server>): Promise<Server> {
  try {
    return await bind();
  } catch (failure) {
    const { code, port } = failure as NodeJS.ErrnoException & { port?: number };
    if (code !== 'EADDRINUSE') throw failure;
    const other = await runningRunner(runDir);
    if (other !== undefined && other !== process.pid) throw new RunsAlready(other);
    throw new Error(`Port ${port} (for the runner) is taken by another program.`);
  }
}
