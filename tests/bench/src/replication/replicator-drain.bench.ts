import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { remoteTopic, TOPICS } from '@meridian/contracts';
import { type ClusterAdmin, ensureTopics, type KafkaConnection } from '@meridian/kafka';
import { type ProcessUsage, processUsage } from '@meridian/test-harness';
import type { Benchmark, BenchRun } from '../benchmark.ts';
import { compareEngines, figureOfEach, OURS, PEER } from './compare-engines.ts';
import { ORIGIN, type ReplicationStage } from './replication-stage.ts';

const RECORDS = { quick: 40_000, full: 500_000 };
const RECORD_BYTES = 1_024;
const PARTITIONS = 6;
const TOPIC = TOPICS.orders;
const COPY = remoteTopic(ORIGIN, TOPIC);
const DRAINED_WITHIN_MS = 300_000;
const LOOK_EVERY_MS = 50;

export const replicatorDrain: Benchmark = {
  name: 'replicator-drain',
  measures: `A backlog of ${RECORDS.full.toLocaleString('en-GB')} records (quick: ${RECORDS.quick.toLocaleString('en-GB')}) of 1 KiB in ${PARTITIONS} partitions, copied from one broker to another without a WAN between: records/s from the first that arrives to the last, CPU and memory of the replicator with its children, and the time from its start to the first record.`,
  peers: [
    `\`${OURS}\`: the first of \`--engines\``,
    `\`${PEER}\` and every other engine of \`--engines\`, each in a replicator of its own`,
  ],
  limit: {
    figure: 'every engine, bytes stored ÷ payload',
    atLeast: 1,
    why: 'random bytes cannot be stored in fewer; a copy that is smaller is not one',
  },
  goals: [
    { figure: `${OURS} ÷ ${PEER}, records/s`, atLeast: 5 },
    { figure: `${OURS} ÷ ${PEER}, CPU s per million`, atMost: 0.1 },
    { figure: `${OURS} ÷ ${PEER}, memory`, atMost: 0.3 },
    { figure: `${OURS}, first record`, atMost: 0.5 },
  ],
  was: 'When the stack was chosen (2 shared cores): kafkajs 41,958 records/s, 20 CPU s per million, 329 MB; MirrorMaker 2 43,901, 30, 724; a pass-through prototype 325,223, 1.4, 159.',
  on: 'alone',

  async run(run: BenchRun) {
    const { samples, absent } = await compareEngines(run, undefined, (stage, engine) =>
      measure(stage, engine, RECORDS[run.scale]),
    );
    const all = Object.values(samples).flat();
    return {
      figures: Object.fromEntries([
        ...figureOfEach(samples, 'records/s', '/s', (s) => s.perSecond),
        ...figureOfEach(samples, 'CPU s per million', 's', (s) => s.cpuSPerMillion),
        ...figureOfEach(samples, 'memory', 'MB', (s) => s.memoryMb),
        ...figureOfEach(samples, 'first record', 's', (s) => s.firstS),
        ['every engine, bytes stored ÷ payload', { unit: '×', samples: all.map((s) => s.stored) }],
      ]),
      absent,
    };
  },
};

async function measure(
  { origin, reader, readerDataDir, startReplicator }: ReplicationStage,
  engine: string,
  records: number,
) {
  await ensureTopics(origin, [{ topic: TOPIC, partitions: PARTITIONS }]);
  await fill(origin, records);
  const admin = reader.admin();
  let replicator: { pid: number; stop(): Promise<unknown> } | undefined;
  try {
    const startedMs = performance.now();
    const watching = watch(admin, records);
    replicator = await startReplicator(engine);
    const { pid } = replicator;
    const usage = (): ProcessUsage | undefined => processUsage([pid]).get(pid);
    const { firstMs, first, lastMs, cpuMs, rssBytes } = await watching(usage);
    return {
      perSecond: ((records - first) * 1_000) / (lastMs - firstMs),
      cpuSPerMillion: (cpuMs * 1_000) / (records - first),
      memoryMb: rssBytes / 1e6,
      firstS: (firstMs - startedMs) / 1_000,
      stored: (await bytesIn(readerDataDir, COPY)) / (records * RECORD_BYTES),
    };
  } finally {
    await replicator?.stop();
    await admin.close();
  }
}

/** Looks at the end of the copy's log from now on; once the process is known, at what it uses, until all is there. */
function watch(admin: ClusterAdmin, records: number) {
  let firstMs: number | undefined;
  let first = 0;
  let end = 0;
  const look = async () => {
    const ends = await admin.logEnd(COPY).catch(() => ({}));
    end = Object.values(ends).reduce((sum, offset) => sum + Number(offset), 0);
    if (end === 0 || firstMs !== undefined) return;
    [firstMs, first] = [performance.now(), end];
  };
  let isKnown = false;
  const before = (async () => {
    for (; !isKnown && firstMs === undefined; await pause()) await look();
  })();
  return async (usage: () => ProcessUsage | undefined) => {
    isKnown = true;
    await before;
    const untilMs = performance.now() + DRAINED_WITHIN_MS;
    let cpuFromMs: number | undefined;
    let rssBytes = 0;
    for (; end < records; await pause()) {
      if (performance.now() > untilMs) throw new Error(`Only ${end} of ${records} records were copied in time.`);
      await look();
      const used = usage();
      if (firstMs !== undefined) cpuFromMs ??= used?.cpuMs;
      rssBytes = Math.max(rssBytes, used?.rssBytes ?? 0);
    }
    const lastMs = performance.now();
    return { firstMs: firstMs ?? lastMs, first, lastMs, rssBytes, cpuMs: (usage()?.cpuMs ?? NaN) - (cpuFromMs ?? NaN) };
  };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));

/** Random bytes, so that nothing can be gained by compressing them. */
async function fill(kafka: KafkaConnection, records: number): Promise<void> {
  const BATCH = 600;
  const producer = await kafka.producer();
  const pool = randomBytes(RECORD_BYTES * 4_096);
  try {
    for (let sent = 0; sent < records; sent += BATCH)
      await producer.send(
        TOPIC,
        Array.from({ length: Math.min(BATCH, records - sent) }, (_, i) => {
          const from = ((sent + i) * 977) % (pool.length - RECORD_BYTES);
          return { key: null, value: pool.subarray(from, from + RECORD_BYTES), partition: (sent + i) % PARTITIONS };
        }),
      );
  } finally {
    await producer.close();
  }
}

/** Of the segments of a topic's partitions. */
async function bytesIn(dataDir: string, topic: string): Promise<number> {
  const logs = path.join(dataDir, 'log');
  const folders = (await readdir(logs)).filter((name) => name.startsWith(`${topic}-`));
  let bytes = 0;
  for (const folder of folders)
    for (const file of await readdir(path.join(logs, folder)))
      if (file.endsWith('.log')) bytes += (await stat(path.join(logs, folder, file))).size;
  return bytes;
}
