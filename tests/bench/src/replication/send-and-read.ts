import { compressionTypeOf, TOPICS, type TopicCompression } from '@meridian/contracts';
import { ensureTopics, type OutgoingRecord } from '@meridian/kafka';
import { processUsage } from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { openLoop } from '../open-loop.ts';
import type { ReplicationStage } from './replication-stage.ts';

const TOPIC = TOPICS.orders;
const PARTITIONS = 4;
const ARRIVED_WITHIN_MS = 15_000;
/** And no longer than what counts. */
const WARM_UP_MS = 2_000;

export interface Sent {
  /** Milliseconds from when a record was due to be sent until it could be read in the other region. */
  lagsMs: number[];
  /** What a sender chose: keys, values and headers. */
  payloadBytes: number;
  wireBytes: number;
  /** How many they are. */
  records: number;
  /** Milliseconds of CPU that the origin's broker used meanwhile, whatever for. */
  originCpuMs: number;
}

export interface Load {
  /** Records. */
  perSecond: number;
  forMs: number;
  /** How many records go with one send, in turn to the partitions: of each partition they are one batch. Default 1. */
  perSend?: number;
  /** Of the topic at the origin. Default `none`. */
  compression?: TopicCompression;
  record(n: number): { key: string; value: string };
}

/**
 * Sends records at an even rate at the origin and reads the copies in the other region. Before anything counts, the
 * engine has copied at that rate for two seconds, of a quick run for as long as it counts.
 */
export async function sendAndRead(
  stage: ReplicationStage,
  engine: string,
  { perSecond, forMs, perSend = 1, compression = 'none', record }: Load,
): Promise<Sent> {
  const { origin, originPid, reader } = stage;
  const config = { 'compression.type': compressionTypeOf(compression) };
  await ensureTopics(origin, [{ topic: TOPIC, partitions: PARTITIONS, config }]);
  await ensureTopics(reader, [{ topic: stage.copyOf(TOPIC), partitions: PARTITIONS }]);
  const replicator = await stage.startReplicator(engine);
  const producer = await origin.producer();
  const arrivedAtMs = new Map<number, number>();
  const consumer = await reader.consume({
    groupId: 'bench',
    topics: [stage.copyOf(TOPIC)],
    onRecord: ({ headers }) => {
      const n = Number(headers.n);
      // Copied twice, it has arrived the first time.
      if (!arrivedAtMs.has(n)) arrivedAtMs.set(n, performance.now());
    },
  });
  let next = 0;
  let payloadBytes = 0;
  const dueAtMs = new Map<number, number>();
  const sendFor = (ms: number) => {
    const [from, beganMs] = [next, performance.now()];
    const sendsPerSecond = perSecond / perSend;
    const made = (n: number): OutgoingRecord => {
      const { key, value } = record(n);
      payloadBytes += key.length + value.length + 1 + String(n).length;
      return { key, value, headers: { n: String(n) }, partition: n % PARTITIONS };
    };
    return openLoop({
      ...{ perSecond: sendsPerSecond, forMs: ms },
      send: async (i) => {
        const numbers = Array.from({ length: perSend }, (_, k) => from + i * perSend + k);
        next = Math.max(next, from + (i + 1) * perSend);
        for (const n of numbers) dueAtMs.set(n, beganMs + (i * 1_000) / sendsPerSecond);
        await producer.send(TOPIC, numbers.map(made));
      },
    });
  };
  const allArrived = () =>
    eventually(
      () => {
        if (arrivedAtMs.size < next) throw new Error(`${next - arrivedAtMs.size} of ${next} records have not arrived`);
      },
      { withinMs: ARRIVED_WITHIN_MS },
    );
  try {
    await sendFor(Math.min(WARM_UP_MS, forMs));
    await allArrived();
    const originCpuMs = () => processUsage([originPid]).get(originPid)?.cpuMs ?? Number.NaN;
    const [wireBefore, first, cpuBefore] = [await stage.wireBytes(), next, originCpuMs()];
    payloadBytes = 0;
    await sendFor(forMs);
    await allArrived();
    const cpuAfter = originCpuMs();
    const counted = [...dueAtMs].filter(([n]) => n >= first);
    return {
      lagsMs: counted.map(([n, dueMs]) => (arrivedAtMs.get(n) as number) - dueMs),
      payloadBytes,
      wireBytes: (await stage.wireBytes()) - wireBefore,
      ...{ records: counted.length, originCpuMs: cpuAfter - cpuBefore },
    };
  } finally {
    await Promise.all([consumer.close(), producer.close()]);
    await replicator.stop();
  }
}
