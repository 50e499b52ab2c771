import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { remoteTopic } from '@meridian/contracts';
import { createKafka, type KafkaConnection } from '@meridian/kafka';
import { kafkaSpec, mirrorMakerArguments, prepareKafka, prepareMirrorMaker } from '@meridian/kafka-cluster';
import {
  hostPort,
  kafkaAddressesFrom,
  type LocalAddresses,
  localAddresses,
  type RegionAddresses,
  type RegionId,
  rttMs,
  urlOf,
} from '@meridian/regions';
import { type Answer, http, repositoryRoot, topology } from '@meridian/test-harness';
import { cacheDir, Started, serve } from '../servers.ts';

/**
 * Two regions of nothing but brokers, and one replicator between them, as it was built and with the flags that the local
 * runner gives it: what is measured is an engine.
 */
const READER: RegionId = 'us-east';
export const NEAR: RegionId = 'eu-west';
export const FAR: RegionId = 'ap-southeast';

export const PROFILE = 'aws-2022';
export const LINK_MBPS = topology.profiles[PROFILE]?.bandwidthMbps ?? 0;
/** The bandwidth of that profile and nothing of its delay: what is left of a difference is what the round trip costs. */
export const WITHOUT_DELAY = `${PROFILE}-without-delay`;

/** Beside regions that may be running for a person (0) or for tests (200). */
const PORT_OFFSET = 600;
/** As the local runner has them. */
const NODE_FLAGS = ['--disable-warning=TimeoutNegativeWarning', '--max-semi-space-size=2', '--max-old-space-size=128'];

export interface StageOptions {
  /** Of the links, as the topology names it; undefined joins the two without any link between. */
  profile: string | undefined;
  /** Where records are from. */
  from: RegionId;
}

export interface ReplicationStage {
  origin: KafkaConnection;
  /** Of the origin's broker. */
  originPid: number;
  reader: KafkaConnection;
  /** What the copy of a topic of the origin is called at the reader. */
  copyOf(topic: string): string;
  /** Where the reader's broker keeps its log. */
  readerDataDir: string;
  /** Starts the replicator with an engine; it copies at once. */
  startReplicator(engine: string): Promise<{ pid: number; stop(): Promise<unknown> }>;
  /** Bytes that have crossed the link so far, both ways, for replication. */
  wireBytes(): Promise<number>;
  stop(): Promise<void>;
}

interface Broker {
  kafka: KafkaConnection;
  pid: number;
}

export async function startReplicationStage(
  folder: string,
  { profile, from }: StageOptions,
): Promise<ReplicationStage> {
  const started = new Started();
  const { addresses, topologyFile } = await twoRegions(folder, from);
  const regional = (region: string) => addresses.regions[region] as RegionAddresses;
  const environment = {
    MERIDIAN_TOPOLOGY: topologyFile,
    MERIDIAN_PORT_OFFSET: String(PORT_OFFSET),
    MERIDIAN_TRACE_RATIO: '0',
  };

  async function startBroker(region: string): Promise<Broker> {
    const { wan, ...listeners } = regional(region).kafka;
    // Without a link the broker itself listens where the link would.
    const direct = Object.entries(wan).map(([remote, { advertised }]) => [remote, { listen: advertised, advertised }]);
    const { pid } = await serve(
      started,
      await kafkaSpec({
        ...{ name: `${region}/kafka`, dataDir: path.join(folder, region), cacheDir },
        ...{ logFile: path.join(folder, `${region}.log`), ...listeners },
        wan: profile === undefined ? Object.fromEntries(direct) : wan,
      }),
    );
    return { kafka: createKafka({ clientId: 'bench', brokers: [hostPort(listeners.local)] }), pid };
  }

  async function startApp(app: string, port: number, env: Record<string, string>) {
    const url = urlOf({ host: '127.0.0.1', port });
    const running = await serve(started, {
      name: app,
      command: process.execPath,
      args: [...NODE_FLAGS, path.join(repositoryRoot, 'apps', app, 'dist/main.js')],
      env: { ...environment, PORT: String(port), LOG_LEVEL: 'error', ...env },
      logFile: path.join(folder, `${app}.log`),
      ready: async () => {
        const answer = await fetch(`${url}/health/ready`);
        if (answer.status !== 200) throw new Error(await answer.text());
      },
      ...{ readyWithinMs: 60_000, stopSignal: 'SIGTERM', stopWithinMs: 15_000 },
    });
    return { pid: running.pid, url, stop: () => running.stop() };
  }

  try {
    await prepareKafka(cacheDir);
    // Both to their end: one that is still starting could not be stopped.
    const brokers = await Promise.allSettled([startBroker(from), startBroker(READER)]);
    const [origin, reader] = brokers.map((broker) => {
      if (broker.status === 'rejected') throw broker.reason;
      return broker.value;
    }) as [Broker, Broker];
    if (profile !== undefined) await startApp('wan', addresses.wanControl.port, { WAN_PROFILE: profile });
    const ask = (url: string): Promise<Answer> => http(url);
    return {
      ...{ origin: origin.kafka, originPid: origin.pid, reader: reader.kafka },
      ...{ readerDataDir: path.join(folder, READER) },
      copyOf: (topic) => remoteTopic(from, topic),
      async startReplicator(engine) {
        const { replicator, kafka } = regional(READER);
        const dir = path.join(folder, 'mirror-maker');
        const clusters = kafkaAddressesFrom(addresses, READER);
        if (engine === 'mirrormaker2') await prepareMirrorMaker({ region: READER, clusters, dir, cacheDir });
        const running = await startApp('replicator', replicator.port, {
          ...{ MERIDIAN_REGION: READER, KAFKA_BROKERS: hostPort(kafka.local) },
          ...{ MERIDIAN_REPLICATOR: engine, MERIDIAN_MIRRORMAKER2: mirrorMakerArguments(dir) },
        });
        const { body } = await ask(`${running.url}/lag`);
        // A ratio of an engine to itself would look like a result.
        if (body.engine !== engine) throw new Error(`The replicator runs ${body.engine} when it is told ${engine}.`);
        return running;
      },
      async wireBytes() {
        const { body } = await ask(`${urlOf(addresses.wanControl)}/meters`);
        return body.byPurpose.replication ?? 0;
      },
      stop: () => started.stopAll(),
    };
  } catch (failure) {
    await started.stopAll();
    throw failure;
  }
}

/** A round trip of the link between the two, in milliseconds. */
export function linkRttMs(from: RegionId): number {
  return rttMs(topology, PROFILE, from, READER);
}

/** The topology with these two regions alone: the third would be tried for all the time. */
async function twoRegions(
  folder: string,
  from: RegionId,
): Promise<{ addresses: LocalAddresses; topologyFile: string }> {
  const isOne = (region: string) => region === from || region === READER;
  const two = {
    ...topology,
    regions: topology.regions.filter(({ id }) => isOne(id)),
    links: topology.links.filter(({ between }) => between.every(isOne)),
    profiles: {
      ...topology.profiles,
      [WITHOUT_DELAY]: { description: 'for measuring', jitterMs: 0, bandwidthMbps: LINK_MBPS },
    },
  };
  const topologyFile = path.join(folder, 'topology.json');
  await writeFile(topologyFile, JSON.stringify(two));
  return { addresses: localAddresses(two, PORT_OFFSET), topologyFile };
}
