/**
 * `npm run bench -w @meridian/replicator`: from the produce at an origin until readable in us-east, less RTT/2, over the
 * real WAN emulator, with both other regions as origins at once. Takes about a minute.
 * RATES (records per second and origin, comma-separated) and SECONDS can be set.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PARTITIONS_PER_TOPIC, remoteTopic, TOPICS } from '@meridian/contracts';
import { createKafka, ensureTopics } from '@meridian/kafka';
import { kafkaSpec, prepareKafka, regionTopics } from '@meridian/kafka-cluster';
import { launch } from '@meridian/process';
import { hostPort, localAddresses, oneWayMs, urlOf } from '@meridian/regions';
import { readTopology } from '@meridian/service-kit/process';

const RATES = (process.env.RATES ?? '2,20,200').split(',').map(Number);
const SECONDS = Number(process.env.SECONDS ?? 15);
const PORT_OFFSET = 600;
const READER = 'us-east';

const at = (relative) => path.join(import.meta.dirname, relative);
const topology = readTopology(at('../../../infra/topology.json'));
const addresses = localAddresses(topology, PORT_OFFSET);
const origins = topology.regions.map(({ id }) => id).filter((id) => id !== READER);
const directory = await mkdtemp(path.join(tmpdir(), 'meridian-lag-'));
const cacheDir = at('../../../.meridian/cache');
const processes = [];
const clients = [];

async function start(spec) {
  const running = await launch(spec);
  processes.push(running);
  await running.untilReady();
}

function app(name, address, env = {}) {
  return {
    name,
    command: process.execPath,
    args: ['--conditions=source', '--disable-warning=TimeoutNegativeWarning', at(`../../${name}/src/main.ts`)],
    env: {
      PORT: String(address.port),
      MERIDIAN_TOPOLOGY: at('../../../infra/topology.json'),
      MERIDIAN_PORT_OFFSET: String(PORT_OFFSET),
      ...env,
    },
    logFile: path.join(directory, `${name}.log`),
    ready: async () => {
      const answer = await fetch(`${urlOf(address)}/health/ready`);
      if (answer.status !== 200) throw new Error(await answer.text());
    },
    readyWithinMs: 20_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 6_000,
  };
}

function kafkaOf(region) {
  return createKafka({ clientId: 'bench', brokers: [hostPort(addresses.regions[region].kafka.local)] });
}

/** Waits for all, also when one fails: what is still starting could not be stopped. */
async function settled(work) {
  const failed = (await Promise.allSettled(work)).find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
}

const now = () => performance.timeOrigin + performance.now();

/** Sends at an even rate until it is told to end. */
async function produce(producer, perSecond, ended) {
  const topics = Object.values(TOPICS);
  const began = performance.now();
  for (let n = 0; !ended.aborted; n += 1) {
    const waitMs = began + (n * 1000) / perSecond - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const partition = Math.floor(n / topics.length) % PARTITIONS_PER_TOPIC;
    const record = { key: `key-${n}`, value: 'x'.repeat(500), headers: { sent: String(now()) }, partition };
    producer.send(topics[n % topics.length], [record]).catch(() => undefined);
  }
}

try {
  await prepareKafka(cacheDir);
  await settled([
    start(app('wan', addresses.wanControl, { WAN_PROFILE: topology.defaultProfile })),
    ...Object.entries(addresses.regions).map(async ([region, { kafka }]) => {
      const files = { dataDir: path.join(directory, region), logFile: path.join(directory, `${region}.log`) };
      await start(await kafkaSpec({ name: `${region}/kafka`, ...files, cacheDir, ...kafka }));
      await ensureTopics(kafkaOf(region), regionTopics(topology, region));
    }),
  ]);
  const { replicator, kafka } = addresses.regions[READER];
  await start(app('replicator', replicator, { MERIDIAN_REGION: READER, KAFKA_BROKERS: hostPort(kafka.local) }));

  let lagsMs = new Map();
  const copies = origins.flatMap((origin) => Object.values(TOPICS).map((topic) => remoteTopic(origin, topic)));
  clients.push(
    await kafkaOf(READER).consume({
      groupId: 'bench',
      topics: copies,
      onRecord: ({ topic, headers }) => {
        const origin = topic.slice(0, topic.indexOf('.'));
        const floorMs = oneWayMs(topology, topology.defaultProfile, origin, READER);
        lagsMs.get(origin)?.push(now() - Number(headers.sent) - floorMs);
      },
    }),
  );
  const producers = await Promise.all(origins.map((origin) => kafkaOf(origin).producer()));
  clients.push(...producers);

  for (const rate of [...RATES.slice(0, 1), ...RATES]) {
    const isWarmUp = lagsMs.size === 0;
    lagsMs = new Map(origins.map((origin) => [origin, []]));
    const ended = AbortSignal.timeout(isWarmUp ? 5_000 : SECONDS * 1000);
    await Promise.all(producers.map((producer) => produce(producer, rate, ended)));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    if (isWarmUp) continue;
    for (const [origin, figures] of lagsMs) {
      figures.sort((a, b) => a - b);
      const quantile = (q) => figures[Math.min(figures.length - 1, Math.floor(figures.length * q))]?.toFixed(1);
      console.log(
        `${`${origin} → ${READER}`.padEnd(24)} ${String(rate).padStart(4)}/s  RTT/2 + min ${quantile(0)}  p50 ${quantile(0.5)}  ` +
          `p90 ${quantile(0.9)}  p99 ${quantile(0.99)} ms  (${figures.length} records)`,
      );
    }
  }
} finally {
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all(processes.map((running) => running.stop()));
  await rm(directory, { recursive: true, force: true });
}
