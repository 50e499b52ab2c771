import path from 'node:path';
import type { ReplicationEngineName, TopicCompression } from '@meridian/contracts';
import { kafkaSpec, mirrorMakerArguments, prepareMirrorMaker } from '@meridian/kafka-cluster';
import { postgresSpec, postgresUrl } from '@meridian/postgres';
import type { ProcessSpec } from '@meridian/process';
import {
  type Address,
  DATABASE_NAMES,
  hostPort,
  kafkaAddressesFrom,
  type LocalAddresses,
  type RegionAddresses,
  type RegionId,
  type ServiceName,
  urlOf,
} from '@meridian/regions';
import { kafkaDataDir, type LocalPaths, logFileOf, mirrorMakerDir, repositoryRoot } from './paths.ts';

export interface RunSettings {
  paths: LocalPaths;
  topologyFile: string;
  addresses: LocalAddresses;
  portOffset: number;
  profile: string;
  /** Share of traces recorded, 0 to 1. */
  traceRatio: number;
  /** The replicator's own default unless given. */
  replicator: ReplicationEngineName | undefined;
  /** Of each region's own topics. */
  topicCompression: TopicCompression;
  /** What Node is given to run an app. */
  programOf: (app: string) => string[];
}

/** An app as it was built. Tracing is registered before it; the WAN and the console make no spans. */
export function builtProgram(app: string): string[] {
  const main = path.join(repositoryRoot, 'apps', app, 'dist/main.js');
  return app === 'wan' || app === 'console' ? [main] : ['--import', REGISTER, main];
}

/** Small heaps: eighteen processes share one laptop, and none of them holds much. */
const NODE_FLAGS = ['--disable-warning=TimeoutNegativeWarning', '--max-semi-space-size=2', '--max-old-space-size=128'];
const REGISTER = `file://${path.join(repositoryRoot, 'libs/telemetry/dist/register.js')}`;

interface App {
  name: string;
  app: string;
  address: Address;
  region?: RegionId;
  env?: Record<string, string>;
}

function appSpec(settings: RunSettings, { name, app, address, region, env }: App): ProcessSpec {
  const { paths, topologyFile, addresses, portOffset, traceRatio, programOf } = settings;
  return {
    name,
    command: process.execPath,
    args: [...NODE_FLAGS, ...programOf(app)],
    env: {
      HOST: address.host,
      PORT: String(address.port),
      MERIDIAN_TOPOLOGY: topologyFile,
      MERIDIAN_PORT_OFFSET: String(portOffset),
      MERIDIAN_TRACE_RATIO: String(traceRatio),
      OTEL_SERVICE_NAME: app,
      OTEL_EXPORTER_OTLP_ENDPOINT: urlOf(addresses.otlp),
      NODE_COMPILE_CACHE: path.join(paths.cache, 'node'),
      ...(region ? { MERIDIAN_REGION: region } : {}),
      ...env,
    },
    logFile: logFileOf(paths, name),
    ready: () => answersReady(address),
    readyWithinMs: 30_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 6_000,
  };
}

async function answersReady(address: Address): Promise<void> {
  const answer = await fetch(`${urlOf(address)}/health/ready`, { signal: AbortSignal.timeout(2_000) }).catch(
    (failure: Error) => {
      const { code } = (failure.cause ?? failure) as NodeJS.ErrnoException;
      throw new Error(`it does not answer at ${hostPort(address)} (${code ?? failure.message})`);
    },
  );
  const said = await answer.text();
  if (answer.status !== 200) throw new Error(`it is not ready (${said.slice(0, 300)})`);
}

export function wanSpec(settings: RunSettings): ProcessSpec {
  const env = { WAN_PROFILE: settings.profile };
  return appSpec(settings, { name: 'wan', app: 'wan', address: settings.addresses.wanControl, env });
}

export function consoleSpec(settings: RunSettings): ProcessSpec {
  const { traceQuery, otlp } = settings.addresses;
  const env = { OTLP_PORT: String(otlp.port) };
  return appSpec(settings, { name: 'console', app: 'console', address: traceQuery, env });
}

export function edgeSpec(settings: RunSettings): ProcessSpec {
  return appSpec(settings, { name: 'edge', app: 'edge', address: settings.addresses.edge });
}

export function regional(settings: RunSettings, region: RegionId): RegionAddresses {
  const found = settings.addresses.regions[region];
  if (!found) throw new Error(`There are no addresses for the region "${region}".`);
  return found;
}

export function replicatorSpec(settings: RunSettings, region: RegionId): ProcessSpec {
  const { replicator, kafka } = regional(settings, region);
  const engine = settings.replicator;
  const env = { KAFKA_BROKERS: hostPort(kafka.local), ...(engine && { MERIDIAN_REPLICATOR: engine }) };
  const spec = appSpec(settings, {
    name: `${region}/replicator`,
    app: 'replicator',
    address: replicator,
    region,
    env,
  });
  return engine === 'mirrormaker2' ? withMirrorMaker(spec, settings, region) : spec;
}

/** The replicator runs MirrorMaker 2 and says how it is; the files that tell it how are written before each start. */
function withMirrorMaker(spec: ProcessSpec, settings: RunSettings, region: RegionId): ProcessSpec {
  const { paths, addresses } = settings;
  const dir = mirrorMakerDir(paths, region);
  const clusters = kafkaAddressesFrom(addresses, region);
  return {
    ...spec,
    env: { ...spec.env, MERIDIAN_MIRRORMAKER2: mirrorMakerArguments(dir) },
    prepare: async () => {
      await prepareMirrorMaker({ region, clusters, dir, cacheDir: paths.cache });
    },
  };
}

export function controlSpec(settings: RunSettings, region: RegionId): ProcessSpec {
  const { control, postgres } = regional(settings, region);
  const env = { DATABASE_URL: postgresUrl(postgres.port, 'control') };
  return appSpec(settings, { name: `${region}/control`, app: 'control', address: control, region, env });
}

export function serviceSpec(settings: RunSettings, region: RegionId, service: ServiceName): ProcessSpec {
  const { services, kafka, postgres } = regional(settings, region);
  const env = {
    DATABASE_URL: postgresUrl(postgres.port, service),
    KAFKA_BROKERS: hostPort(kafka.local),
    // It serves when the control of its region has told it the epoch.
    MERIDIAN_CONTROL: 'required',
    // A disk that is new may be one that was lost.
    MERIDIAN_NEW_DISK: 'hear-others',
    ...(service === 'order' ? { CATALOG_URL: urlOf(services.catalog) } : {}),
  };
  return appSpec(settings, {
    name: `${region}/${service}`,
    app: service,
    address: services[service],
    region,
    env,
  });
}

export async function regionPostgresSpec(
  settings: RunSettings,
  region: RegionId,
  dataDir: string,
  signal: AbortSignal,
): Promise<ProcessSpec> {
  const name = `${region}/postgres`;
  return postgresSpec({
    name,
    dataDir,
    port: regional(settings, region).postgres.port,
    logFile: logFileOf(settings.paths, name),
    databases: [...DATABASE_NAMES],
    signal,
  });
}

export async function regionKafkaSpec(
  settings: RunSettings,
  region: RegionId,
  signal: AbortSignal,
): Promise<ProcessSpec> {
  const name = `${region}/kafka`;
  return kafkaSpec({
    name,
    dataDir: kafkaDataDir(settings.paths, region),
    cacheDir: settings.paths.cache,
    logFile: logFileOf(settings.paths, name),
    ...regional(settings, region).kafka,
    signal,
  });
}
