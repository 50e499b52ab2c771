import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import path from 'node:path';
import { createKafka, ensureTopics } from '@meridian/kafka';
import { prepareKafka, regionTopics } from '@meridian/kafka-cluster';
import { applyMigrations, postgresUrl } from '@meridian/postgres';
import type { ProcessSpec } from '@meridian/process';
import {
  type Addresses,
  hostPort,
  localAddresses,
  parseTopology,
  type RegionId,
  regionIds,
  SERVICE_NAMES,
  type Topology,
} from '@meridian/regions';
import { startControlApi } from './control-api.ts';
import { Fleet, type ProcessStatus } from './fleet.ts';
import { localPaths, logFileOf, removeData, repositoryRoot, rotateLog } from './paths.ts';
import { checkPrerequisites } from './prerequisites.ts';
import * as specs from './process-specs.ts';
import { claimRunner, endLeftovers, releaseRunner } from './run-records.ts';
import type { SupervisionEvent } from './supervisor.ts';

export interface RunUpOptions {
  /** A multiple of 100 up to 900: an independent set of regions with ports and data of its own. Default 0. */
  portOffset?: number;
  /** A profile of the topology; its default unless given. */
  profile?: string;
  /** Share of traces recorded, 0 to 1. Default 1. */
  traceRatio?: number;
  /** Remove the data of the run before. */
  fresh?: boolean;
  onStep?: (step: Step) => void;
  onEvent?: (event: SupervisionEvent) => void;
}

/** One step of starting: told when it begins and again when it ends. */
export interface Step {
  name: string;
  state: 'started' | 'done' | 'failed';
  /** How long it took, in milliseconds, when it has ended. */
  ms?: number;
}

export interface RunningSystem {
  topology: Topology;
  addresses: Addresses;
  profile: string;
  logsDir: string;
  processes(): ProcessStatus[];
  /** Resolves when everything is down: 0 when that was asked for, 1 when a process would not stay up. */
  closed: Promise<number>;
  /** Stops everything in order. */
  shutdown(): Promise<void>;
}

export function readLocalTopology(): Topology {
  return parseTopology(JSON.parse(readFileSync(path.join(repositoryRoot, 'infra/topology.json'), 'utf8')));
}

/**
 * Starts every region of the topology on this machine, in parallel where nothing waits, and keeps it running. Throws one
 * plain sentence when something is missing, when a run is up already, or when a process does not come to serve; whatever
 * was started by then is stopped.
 */
export async function runUp(options: RunUpOptions = {}): Promise<RunningSystem> {
  const portOffset = options.portOffset ?? 0;
  const topology = readLocalTopology();
  const profile = options.profile ?? topology.defaultProfile;
  if (!(profile in topology.profiles))
    throw new Error(`There is no profile "${profile}"; there are ${Object.keys(topology.profiles).join(', ')}.`);
  const addresses = localAddresses(topology, portOffset);
  const paths = localPaths(portOffset);

  await claimRunner(paths.run);
  let end: (code: number) => void = () => undefined;
  const closed = new Promise<number>((resolve) => {
    end = resolve;
  });
  let control: Server | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (code: number) => {
    stopping ??= (async () => {
      await fleet.stopAll();
      control?.close();
      control?.closeAllConnections();
      await releaseRunner(paths.run);
      end(code);
    })();
    return stopping;
  };
  const fleet = new Fleet(addresses, paths.run, (event) => {
    options.onEvent?.(event);
    if (event.type === 'gave-up') void stop(1);
  });

  try {
    await endLeftovers(paths.run);
    const missing = await checkPrerequisites(topology, addresses, paths);
    if (missing.length > 0) throw new Error(missing.join('\n'));
    if (options.fresh) await removeData(paths);
    control = await startControlApi(addresses.runner, fleet, profile, () => void stop(0));
    const settings = { paths, addresses, portOffset, profile, traceRatio: options.traceRatio ?? 1 };
    await startAll(topology, settings, fleet, stepper(options.onStep));
  } catch (failure) {
    await stop(1);
    throw failure;
  }
  return {
    ...{ topology, addresses, profile, closed },
    logsDir: paths.logs,
    processes: () => fleet.status(),
    shutdown: () => stop(0),
  };
}

type RunStep = <T>(name: string, work: () => Promise<T>) => Promise<T>;

function stepper(onStep: (step: Step) => void = () => undefined): RunStep {
  return async (name, work) => {
    const started = performance.now();
    onStep({ name, state: 'started' });
    try {
      const result = await work();
      onStep({ name, state: 'done', ms: performance.now() - started });
      return result;
    } catch (failure) {
      onStep({ name, state: 'failed', ms: performance.now() - started });
      throw failure;
    }
  };
}

async function startAll(topology: Topology, settings: specs.RunSettings, fleet: Fleet, step: RunStep): Promise<void> {
  const start = async (spec: ProcessSpec) => {
    await rotateLog(spec.logFile);
    await fleet.start(spec);
  };
  const kafka = step('Kafka: jars and class archive', () => prepareKafka(settings.paths.cache));
  const outside = [
    step('wan', () => start(specs.wanSpec(settings))),
    step('console', () => start(specs.consoleSpec(settings))),
  ];
  const regions = regionIds(topology).map((region) => startRegion(topology, settings, region, kafka, start, step));
  const edge = step('edge', () => start(specs.edgeSpec(settings)));
  // All are waited for, also when one fails: what is still starting must be known before it can be stopped.
  const results = await Promise.allSettled([kafka, ...outside, ...regions, edge]);
  const failed = results.find((r) => r.status === 'rejected');
  if (failed) throw failed.reason;
}

async function startRegion(
  topology: Topology,
  settings: specs.RunSettings,
  region: RegionId,
  kafkaReady: Promise<void>,
  start: (spec: ProcessSpec) => Promise<void>,
  step: RunStep,
): Promise<void> {
  const at = settings.addresses.regions[region];
  if (!at) throw new Error(`There are no addresses for the region "${region}".`);
  const database = async () => {
    await step(`${region}: PostgreSQL`, async () => start(await specs.regionPostgresSpec(settings, region)));
    await step(`${region}: migrations`, () =>
      Promise.all(
        SERVICE_NAMES.map((service) =>
          applyMigrations(
            postgresUrl(at.postgres.port, service),
            path.join(repositoryRoot, 'apps', service, 'prisma/migrations'),
          ),
        ),
      ),
    );
  };
  const broker = async () => {
    await kafkaReady;
    await step(`${region}: Kafka`, async () => start(await specs.regionKafkaSpec(settings, region)));
    await step(`${region}: topics`, () =>
      ensureTopics(
        createKafka({ clientId: 'meridian-runner', brokers: [hostPort(at.kafka.local)] }),
        regionTopics(topology, region),
      ),
    );
  };
  await settled([database(), broker()]);
  await step(`${region}: services`, () =>
    settled([
      ...SERVICE_NAMES.map((service) => start(specs.serviceSpec(settings, region, service))),
      start(specs.replicatorSpec(settings, region)),
    ]),
  );
}

/** Like `Promise.all`, but waits for all before it rejects. */
async function settled(work: Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failed = results.find((r) => r.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Where the log of a process of a run lies. */
export function logFile(portOffset: number, name: string): string {
  return logFileOf(localPaths(portOffset), name);
}
