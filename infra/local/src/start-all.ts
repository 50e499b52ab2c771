import path from 'node:path';
import { createKafka, ensureTopics } from '@meridian/kafka';
import { fetchJars, prepareKafka, regionTopics } from '@meridian/kafka-cluster';
import { applyMigrations, postgresUrl } from '@meridian/postgres';
import type { ProcessSpec } from '@meridian/process';
import { DATABASE_NAMES, hostPort, type RegionId, regionIds, SERVICE_NAMES, type Topology } from '@meridian/regions';
import type { Fleet } from './fleet.ts';
import { postgresDataDir, removeRegionData, repositoryRoot, rotateLog } from './paths.ts';
import * as specs from './process-specs.ts';

/** One step of starting: told when it begins and again when it ends. */
export interface Step {
  name: string;
  state: 'started' | 'done' | 'failed';
  /** How long it took, in milliseconds, when it has ended. */
  ms?: number;
}

type RunStep = <T>(name: string, work: () => Promise<T>) => Promise<T>;

export function stepper(onStep: (step: Step) => void = () => undefined): RunStep {
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

export interface Start {
  topology: Topology;
  settings: specs.RunSettings;
  fleet: Fleet;
  step: RunStep;
  onNote: (sentence: string) => void;
  signal: AbortSignal;
  /** Called once, as soon as anything fails. */
  onFirstFailure: () => void;
}

/**
 * Starts everything, in parallel where nothing waits. Rejects with the first failure, but not before everything that
 * was under way has ended: what is still starting must be known before it can be stopped.
 */
export async function startAll(run: Start): Promise<void> {
  const { settings, step, signal } = run;
  // Alone, as the first time it takes longer than anything may take to come to serve.
  await step('Kafka: jars and class archive', () => prepareKafka(settings.paths.cache, signal));
  if (settings.replicator === 'mirrormaker2')
    await step('MirrorMaker 2: jars', () => fetchJars('mirror-maker', settings.paths.cache, signal));
  let first: { failure: unknown } | undefined;
  const work = [
    step('wan', () => start(run, specs.wanSpec(settings))),
    step('console', () => start(run, specs.consoleSpec(settings))),
    ...regionIds(run.topology).map((region) => startRegion(run, region)),
    step('edge', () => start(run, specs.edgeSpec(settings))),
  ];
  await Promise.all(
    work.map((one) =>
      one.catch((failure: unknown) => {
        if (first) return;
        first = { failure };
        run.onFirstFailure();
      }),
    ),
  );
  if (first) throw first.failure;
}

/** A service that gets lost data back is not ready before it has them. */
const REBUILT_WITHIN_MS = 6 * 3_600_000;

/**
 * Ends a region with SIGKILL, removes its data, as when its disk is lost, and starts it on an empty one. Resolves when its
 * data tier and its control serve; its services start meanwhile, and are ready when they have their data again.
 */
export async function destroyRegion(run: Start, region: RegionId): Promise<void> {
  const { fleet, settings, onNote } = run;
  await fleet.kill(region);
  await removeRegionData(settings.paths, region);
  await settled([startDatabase(run, region).then(() => startControl(run, region)), startBroker(run, region)]);
  const services = SERVICE_NAMES.map((service) => specs.serviceSpec(settings, region, service));
  for (const spec of [specs.replicatorSpec(settings, region), ...services])
    start(run, { ...spec, readyWithinMs: REBUILT_WITHIN_MS }).catch(({ message }: Error) => onNote(message));
}

async function start({ fleet, signal }: Start, spec: ProcessSpec): Promise<void> {
  signal.throwIfAborted();
  await rotateLog(spec.logFile);
  await fleet.start(spec);
}

async function startRegion(run: Start, region: RegionId): Promise<void> {
  const { settings, step } = run;
  await settled([startDatabase(run, region).then(() => startControl(run, region)), startBroker(run, region)]);
  await step(`${region}: services`, () =>
    settled([
      ...SERVICE_NAMES.map((service) => start(run, specs.serviceSpec(settings, region, service))),
      start(run, specs.replicatorSpec(settings, region)),
    ]),
  );
}

async function startDatabase(run: Start, region: RegionId): Promise<void> {
  const { settings, step, signal } = run;
  const { port } = specs.regional(settings, region).postgres;
  await step(`${region}: PostgreSQL`, async () => {
    const { dataDir, isOutside } = await postgresDataDir(settings.paths, region);
    if (isOutside)
      run.onNote(`PostgreSQL's data of ${region} are in ${dataDir}, as its user may not enter this checkout.`);
    await start(run, await specs.regionPostgresSpec(settings, region, dataDir, signal));
  });
  const migrationsOf = (app: string) => path.join(repositoryRoot, 'apps', app, 'prisma/migrations');
  await step(`${region}: migrations`, () =>
    settled(DATABASE_NAMES.map((name) => applyMigrations(postgresUrl(port, name), migrationsOf(name)))),
  );
}

/** Before the services, which wait for it to tell them the epoch; it needs its database and no Kafka. */
async function startControl(run: Start, region: RegionId): Promise<void> {
  await run.step(`${region}: control`, () => start(run, specs.controlSpec(run.settings, region)));
}

async function startBroker(run: Start, region: RegionId): Promise<void> {
  const { settings, step, signal } = run;
  await step(`${region}: Kafka`, async () => start(run, await specs.regionKafkaSpec(settings, region, signal)));
  const brokers = [hostPort(specs.regional(settings, region).kafka.local)];
  await step(`${region}: topics`, () =>
    ensureTopics(
      createKafka({ clientId: 'meridian-runner', brokers }),
      regionTopics(run.topology, region, settings.topicCompression),
    ),
  );
}

/** Like `Promise.all`, but waits for all before it rejects. */
async function settled(work: Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failed = results.find((r) => r.status === 'rejected');
  if (failed) throw failed.reason;
}
