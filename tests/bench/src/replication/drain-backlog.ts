import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { TOPICS } from '@meridian/contracts';
import { type ClusterAdmin, ensureTopics, type KafkaConnection } from '@meridian/kafka';
import { type ProcessUsage, pause, processUsage } from '@meridian/test-harness';
import type { ReplicationStage } from './replication-stage.ts';

export const RECORD_BYTES = 1_024;
export const PARTITIONS = 6;
const TOPIC = TOPICS.orders;
const DRAINED_WITHIN_MS = 300_000;
/** The first record is to be seen soon after it is there; of a rate over seconds, less often costs the broker less. */
const LOOK_EVERY_MS = { forFirst: 10, forRest: 50 };

export interface Drained {
  /** From the first record that arrived to the last. */
  perSecond: number;
  cpuSPerMillion: number;
  memoryMb: number;
  /** From the start of the replicator to the first record. */
  firstS: number;
  /** Bytes in the copy's log ÷ bytes of payload. */
  stored: number;
}

/** A backlog of records at the origin, and an engine that is started then. */
export async function drain(stage: ReplicationStage, engine: string, records: number): Promise<Drained> {
  const { origin, reader, readerDataDir, startReplicator } = stage;
  const copy = stage.copyOf(TOPIC);
  await ensureTopics(origin, [{ topic: TOPIC, partitions: PARTITIONS }]);
  await fill(origin, records);
  const admin = reader.admin();
  let replicator: { pid: number; stop(): Promise<unknown> } | undefined;
  try {
    const startedMs = performance.now();
    const watching = watch(admin, copy, records);
    replicator = await startReplicator(engine);
    const { pid } = replicator;
    const usage = (): ProcessUsage | undefined => processUsage([pid]).get(pid);
    const { firstMs, first, lastMs, cpuMs, rssBytes } = await watching(usage);
    // A rate of no records in no time, and CPU per none of them.
    if (first >= records) throw new Error(`All ${records} records were there at the first look: too few to be timed.`);
    return {
      perSecond: ((records - first) * 1_000) / (lastMs - firstMs),
      cpuSPerMillion: (cpuMs * 1_000) / (records - first),
      memoryMb: rssBytes / 1e6,
      firstS: (firstMs - startedMs) / 1_000,
      stored: (await bytesIn(readerDataDir, copy)) / (records * RECORD_BYTES),
    };
  } finally {
    await replicator?.stop();
    await admin.close();
  }
}

/** Looks at the end of the copy's log from now on; once the process is known, at what it uses, until all is there. */
function watch(admin: ClusterAdmin, copy: string, records: number) {
  let firstMs: number | undefined;
  let first = 0;
  let end = 0;
  const look = async () => {
    const ends = await admin.logEnd(copy).catch(() => ({}));
    end = Object.values(ends).reduce((sum, offset) => sum + Number(offset), 0);
    if (end === 0 || firstMs !== undefined) return;
    [firstMs, first] = [performance.now(), end];
  };
  let isKnown = false;
  const before = (async () => {
    for (; !isKnown && firstMs === undefined; await pause(LOOK_EVERY_MS.forFirst)) await look();
  })();
  return async (usage: () => ProcessUsage | undefined) => {
    isKnown = true;
    await before;
    const untilMs = performance.now() + DRAINED_WITHIN_MS;
    let cpuFromMs: number | undefined;
    let rssBytes = 0;
    for (; end < records; await pause(firstMs === undefined ? LOOK_EVERY_MS.forFirst : LOOK_EVERY_MS.forRest)) {
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
