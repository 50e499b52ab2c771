import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { remoteTopic } from '@meridian/contracts';
import {
  createKafka,
  ensureTopics,
  type IncomingRecord,
  type KafkaConnection,
  type OutgoingRecord,
} from '@meridian/kafka';
import { kafkaTool, mirrorMakerArguments, prepareMirrorMaker, startKafka } from '@meridian/kafka-cluster';
import { launch, type ManagedProcess, type ProcessSpec } from '@meridian/process';
import {
  hostPort,
  kafkaAddressesFrom,
  type LocalAddresses,
  localAddresses,
  parseTopology,
  urlOf,
} from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { engineOf } from './engines.ts';
import { readUntil } from './read-until.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const CACHE = path.join(ROOT, '.meridian/cache');
/** Of its own, beside the tests' and the runner's. */
const PORT_OFFSET = 500;
/**
 * How long an engine that was killed may stand still. MirrorMaker 2 with exactly-once, killed in the midst of a transaction, does so
 * for the minute after which the broker aborts it: a worker reads its own configuration no further before.
 */
export const AFTER_A_KILL_MS = 90_000;
const FROM_SOURCE = ['--conditions=source', '--disable-warning=ExperimentalWarning'];

export interface Lag {
  behind: number | null;
  connected: boolean;
  copiedRecords: number;
  failing: string | null;
}

/**
 * Three regions of nothing but Kafka, the links between them without delay, and a replicator in each, as the runner starts
 * them: what the engine under test does is seen in the clusters, over HTTP and in its log.
 */
export class Mesh {
  readonly engine: string;
  readonly #dir: string;
  readonly #topologyFile: string;
  readonly #addresses: LocalAddresses;
  readonly #others: ManagedProcess[] = [];
  readonly #replicators = new Map<string, ManagedProcess>();

  private constructor(engine: string, dir: string, topologyFile: string, addresses: LocalAddresses) {
    this.engine = engine;
    this.#dir = dir;
    this.#topologyFile = topologyFile;
    this.#addresses = addresses;
  }

  static async start(engine: string): Promise<Mesh> {
    const dir = await mkdtemp(path.join(tmpdir(), `meridian-conformance-${engine}-`));
    const topologyFile = path.join(dir, 'topology.json');
    const text = await readFile(path.join(ROOT, 'infra/topology.json'), 'utf8');
    await writeFile(topologyFile, text);
    const mesh = new Mesh(engine, dir, topologyFile, localAddresses(parseTopology(JSON.parse(text)), PORT_OFFSET));
    try {
      await mesh.#startAll();
    } catch (failure) {
      await mesh.destroy();
      throw failure;
    }
    return mesh;
  }

  get regions(): string[] {
    return Object.keys(this.#addresses.regions);
  }

  async #startAll(): Promise<void> {
    await this.#startClusters();
    this.#others.push(await started(this.#wan()));
    // All of them have been started or have failed when this is over: what comes up later nobody would stop.
    const replicators = await Promise.allSettled(this.regions.map((region) => this.startReplicator(region)));
    for (const one of replicators) if (one.status === 'rejected') throw one.reason;
    await eventually(
      async () => {
        for (const region of this.regions)
          for (const origin of this.regions)
            if (origin !== region && !(await this.lag(region, origin)).connected)
              throw new Error(`${region} does not copy from ${origin} yet`);
      },
      { withinMs: 120_000, everyMs: 250 },
    );
  }

  async #startClusters(): Promise<void> {
    const { regions } = this.#addresses;
    for (const [region, { kafka }] of Object.entries(regions))
      this.#others.push(
        await startKafka({
          ...kafka,
          name: `${region}/kafka`,
          dataDir: path.join(this.#dir, region),
          cacheDir: CACHE,
          logFile: this.#logFile(`${region}-kafka`),
        }),
      );
    // One each, as an engine has nothing to be connected for while there is nothing to copy.
    for (const region of this.regions) await this.makeTopic(region, 'seed.v1', 1);
  }

  /** Under another topology when one is given, as after a region was renamed. */
  async startReplicator(region: string, topologyFile = this.#topologyFile): Promise<void> {
    const topology = parseTopology(JSON.parse(await readFile(topologyFile, 'utf8')));
    const addresses = localAddresses(topology, PORT_OFFSET);
    const own = addresses.regions[region];
    if (!own) throw new Error(`there is no region ${region}`);
    const dir = path.join(this.#dir, `${region}-mirror-maker`);
    const clusters = kafkaAddressesFrom(addresses, region);
    const { name, exactlyOnce } = engineOf(this.engine);
    if (name === 'mirrormaker2') await prepareMirrorMaker({ region, clusters, dir, cacheDir: CACHE, exactlyOnce });
    const env = {
      MERIDIAN_REGION: region,
      MERIDIAN_TOPOLOGY: topologyFile,
      KAFKA_BROKERS: hostPort(own.kafka.local),
      MERIDIAN_REPLICATOR: name,
      MERIDIAN_MIRRORMAKER2: mirrorMakerArguments(dir),
    };
    this.#replicators.set(region, await started(this.#app('replicator', own.replicator, env, region)));
  }

  async stopReplicator(region: string): Promise<void> {
    await this.#replicators.get(region)?.stop();
  }

  /** As `kill -9`: what it started itself must go with it. */
  async killReplicator(region: string): Promise<void> {
    const replicator = this.#replicators.get(region);
    replicator?.signal('SIGKILL');
    await replicator?.exited;
  }

  replicatorLog(region: string): Promise<string> {
    return readFile(this.#logFile(`${region}-replicator`), 'utf8');
  }

  async lag(region: string, origin: string): Promise<Lag> {
    const at = this.#addresses.regions[region]?.replicator;
    if (!at) throw new Error(`there is no region ${region}`);
    const said = (await (await fetch(`${urlOf(at)}/lag`)).json()) as { byOrigin: Record<string, Lag> };
    return said.byOrigin[origin] as Lag;
  }

  /** Moves a consumer group by the command line; resolves with how many positions were translated. */
  async translateOffsets({ group, from, to }: { group: string; from: string; to: string }): Promise<number> {
    const line = ['offsets', 'translate', '--group', group, '--from', from, '--to', to, '--apply', '--json'];
    const program = path.join(ROOT, 'apps/cli/bin/meridian.js');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [program, ...line, '--port-offset', String(PORT_OFFSET)],
      { env: { ...process.env, MERIDIAN_TOPOLOGY: this.#topologyFile } },
    );
    return (JSON.parse(stdout) as { positions: unknown[] }).positions.length;
  }

  /** Reads as the only member of a group until `isEnough`, and leaves; the values that it has handled, in their order. */
  async readAs(
    groupId: string,
    region: string,
    topics: string[],
    isEnough: (values: readonly string[]) => boolean,
    withinMs = 30_000,
  ): Promise<string[]> {
    const values: string[] = [];
    const member = await this.kafka(region).consume({
      ...{ groupId, topics, fromBeginning: true },
      onRecord: ({ value }) => void values.push(String(value)),
    });
    try {
      await eventually(
        () => {
          if (!isEnough(values)) throw new Error(`${groupId} has read ${values.length} records in ${region}`);
        },
        { withinMs, everyMs: 10 },
      );
    } finally {
      await member.close();
    }
    return values;
  }

  kafka(region: string): KafkaConnection {
    return createKafka({ clientId: 'conformance', brokers: [this.#brokers(region)] });
  }

  async makeTopic(region: string, topic: string, partitions: number): Promise<void> {
    await ensureTopics(this.kafka(region), [{ topic, partitions }]);
  }

  async topics(region: string): Promise<Record<string, number>> {
    const admin = this.kafka(region).admin();
    try {
      return Object.fromEntries((await admin.listTopics()).map(({ topic, partitions }) => [topic, partitions]));
    } finally {
      await admin.close();
    }
  }

  deleteTopic(region: string, topic: string): Promise<void> {
    return this.#alter(region, 'delete', topic);
  }

  setOnTopic(region: string, topic: string, setting: string, value: string): Promise<void> {
    return this.#alter(region, 'set', topic, setting, value);
  }

  /** By Kafka's Java client, as the applications never do such things. */
  async #alter(region: string, ...args: string[]): Promise<void> {
    await kafkaTool(CACHE, path.join(import.meta.dirname, 'TopicAdmin.java'), [this.#brokers(region), ...args]);
  }

  async send(region: string, topic: string, records: OutgoingRecord[]): Promise<void> {
    const producer = await this.kafka(region).producer();
    try {
      await producer.send(topic, records);
    } finally {
      await producer.close();
    }
  }

  /** The copy of `origin`'s topic in `region`, once it has what `isEnough` waits for. */
  copied(
    [origin, region]: readonly [string, string],
    topic: string,
    isEnough: (records: IncomingRecord[]) => boolean,
    withinMs = 30_000,
  ): Promise<IncomingRecord[]> {
    return readUntil(this.kafka(region), remoteTopic(origin, topic), isEnough, withinMs);
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#replicators.values()].map((one) => one.stop()));
    await Promise.all(this.#others.map((one) => one.stop()));
    await this.#keepLogs();
    await rm(this.#dir, { recursive: true, force: true });
  }

  /** For whoever wants to know why a case is red. */
  async #keepLogs(): Promise<void> {
    const kept = path.join(ROOT, '.meridian/test-reports', `conformance-${this.engine}`);
    await mkdir(kept, { recursive: true });
    const logs = (await readdir(this.#dir)).filter((file) => file.endsWith('.log'));
    await Promise.all(logs.map((file) => copyFile(path.join(this.#dir, file), path.join(kept, file))));
  }

  #brokers(region: string): string {
    const at = this.#addresses.regions[region];
    if (!at) throw new Error(`there is no region ${region}`);
    return hostPort(at.kafka.local);
  }

  #logFile(name: string): string {
    return path.join(this.#dir, `${name}.log`);
  }

  #wan(): ProcessSpec {
    const env = { WAN_PROFILE: 'none', MERIDIAN_TOPOLOGY: this.#topologyFile };
    return this.#app('wan', this.#addresses.wanControl, env);
  }

  #app(app: string, at: { host: string; port: number }, env: Record<string, string>, region?: string): ProcessSpec {
    return {
      name: region ? `${region}/${app}` : app,
      command: process.execPath,
      args: [...FROM_SOURCE, path.join(ROOT, 'apps', app, 'src/main.ts')],
      env: { HOST: at.host, PORT: String(at.port), MERIDIAN_PORT_OFFSET: String(PORT_OFFSET), ...env },
      logFile: this.#logFile(region ? `${region}-${app}` : app),
      ready: async () => {
        const answer = await fetch(`${urlOf(at)}/health/ready`);
        if (answer.status !== 200) throw new Error(await answer.text());
      },
      readyWithinMs: 30_000,
      stopSignal: 'SIGTERM',
      stopWithinMs: 6_000,
    };
  }
}

async function started(spec: ProcessSpec): Promise<ManagedProcess> {
  const running = await launch(spec);
  try {
    await running.untilReady();
  } catch (failure) {
    await running.stop();
    throw failure;
  }
  return running;
}
