import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createKafka, type KafkaConnection } from '@meridian/kafka';
import { kafkaSpec, prepareKafka } from '@meridian/kafka-cluster';
import { hostPort, type LocalAddresses, localAddresses, type RegionAddresses, urlOf } from '@meridian/regions';
import { type Answer, http, repositoryRoot, topology } from '@meridian/test-harness';
import { cacheDir, Started, serve } from '../servers.ts';

/**
 * Two regions of nothing but brokers, and one replicator between them, as it was built and with the flags that the local
 * runner gives it: what is measured is an engine.
 */
export const ORIGIN = 'eu-west';
export const READER = 'us-east';

/** Beside regions that may be running for a person (0) or for tests (200). */
const PORT_OFFSET = 600;
/** As the local runner has them. */
const NODE_FLAGS = ['--disable-warning=TimeoutNegativeWarning', '--max-semi-space-size=2', '--max-old-space-size=128'];

export interface ReplicationStage {
  origin: KafkaConnection;
  reader: KafkaConnection;
  /** Where the reader's broker keeps its log. */
  readerDataDir: string;
  /** Starts the replicator with an engine; it copies at once. Rejects when the build does not have that engine. */
  startReplicator(engine: string): Promise<{ pid: number; stop(): Promise<unknown> }>;
  /** Bytes that have crossed the link so far, both ways, for replication. */
  wireBytes(): Promise<number>;
  stop(): Promise<void>;
}

export class NoSuchEngine extends Error {}

/** `profile`: of the links, as the topology names it; undefined joins the two without any link between. */
export async function startReplicationStage(folder: string, profile: string | undefined): Promise<ReplicationStage> {
  const started = new Started();
  const { addresses, topologyFile } = await twoRegions(folder);
  const regional = (region: string) => addresses.regions[region] as RegionAddresses;
  const environment = {
    MERIDIAN_TOPOLOGY: topologyFile,
    MERIDIAN_PORT_OFFSET: String(PORT_OFFSET),
    MERIDIAN_TRACE_RATIO: '0',
  };

  async function startBroker(region: string): Promise<KafkaConnection> {
    const { wan, ...listeners } = regional(region).kafka;
    // Without a link the broker itself listens where the link would.
    const direct = Object.entries(wan).map(([remote, { advertised }]) => [remote, { listen: advertised, advertised }]);
    await serve(
      started,
      await kafkaSpec({
        ...{ name: `${region}/kafka`, dataDir: path.join(folder, region), cacheDir },
        ...{ logFile: path.join(folder, `${region}.log`), ...listeners },
        wan: profile === undefined ? Object.fromEntries(direct) : wan,
      }),
    );
    return createKafka({ clientId: 'bench', brokers: [hostPort(listeners.local)] });
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
    const [origin, reader] = [await startBroker(ORIGIN), await startBroker(READER)];
    if (profile !== undefined) await startApp('wan', addresses.wanControl.port, { WAN_PROFILE: profile });
    const ask = (url: string): Promise<Answer> => http(url);
    return {
      ...{ origin, reader, readerDataDir: path.join(folder, READER) },
      async startReplicator(engine) {
        const { replicator, kafka } = regional(READER);
        const env = { MERIDIAN_REGION: READER, KAFKA_BROKERS: hostPort(kafka.local), MERIDIAN_REPLICATOR: engine };
        const running = await startApp('replicator', replicator.port, env).catch((failure: Error) => {
          throw failure.message.includes('MERIDIAN_REPLICATOR') ? new NoSuchEngine(failure.message) : failure;
        });
        const { body } = await ask(`${running.url}/lag`);
        if (body.engine !== engine) {
          await running.stop();
          throw new NoSuchEngine(`The replicator runs ${body.engine} when it is told ${engine}.`);
        }
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
export function linkRttMs(profile: string): number {
  const link = topology.links.find(({ between }) => between.includes(ORIGIN) && between.includes(READER));
  return link?.rttMs[profile] ?? 0;
}

/** The topology with these two regions alone: the third would be tried for all the time. */
async function twoRegions(folder: string): Promise<{ addresses: LocalAddresses; topologyFile: string }> {
  const isOne = (region: string) => region === ORIGIN || region === READER;
  const two = {
    ...topology,
    regions: topology.regions.filter(({ id }) => isOne(id)),
    links: topology.links.filter(({ between }) => between.every(isOne)),
  };
  const topologyFile = path.join(folder, 'topology.json');
  await writeFile(topologyFile, JSON.stringify(two));
  return { addresses: localAddresses(two, PORT_OFFSET), topologyFile };
}
