import { TOPICS } from '@meridian/contracts';
import { ensureTopics } from '@meridian/kafka';
import { eventually } from '@meridian/testing';
import { openLoop } from '../open-loop.ts';
import type { ReplicationStage } from './replication-stage.ts';

const TOPIC = TOPICS.orders;
const PARTITIONS = 4;
const ARRIVED_WITHIN_MS = 15_000;
const WARM_UP_MS = 2_000;

export interface Sent {
  /** Milliseconds from when a record was due to be sent until it could be read in the other region. */
  lagsMs: number[];
  /** What a sender chose: keys, values and headers. */
  payloadBytes: number;
  wireBytes: number;
}

/**
 * Sends records at an even rate at the origin and reads the copies in the other region. The engine has copied for two
 * seconds at that rate before anything counts.
 */
export async function sendAndRead(
  stage: ReplicationStage,
  engine: string,
  load: { perSecond: number; forMs: number; record(n: number): { key: string; value: string } },
): Promise<Sent> {
  const { origin, reader } = stage;
  await ensureTopics(origin, [{ topic: TOPIC, partitions: PARTITIONS }]);
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
  const sendFor = (forMs: number) => {
    const [from, beganMs] = [next, performance.now()];
    return openLoop({
      ...{ perSecond: load.perSecond, forMs },
      send: async (i) => {
        const n = from + i;
        next = Math.max(next, n + 1);
        dueAtMs.set(n, beganMs + (i * 1_000) / load.perSecond);
        const { key, value } = load.record(n);
        payloadBytes += key.length + value.length + 1 + String(n).length;
        await producer.send(TOPIC, [{ key, value, headers: { n: String(n) }, partition: n % PARTITIONS }]);
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
    await sendFor(WARM_UP_MS);
    await allArrived();
    const [wireBefore, first] = [await stage.wireBytes(), next];
    payloadBytes = 0;
    await sendFor(load.forMs);
    await allArrived();
    const counted = [...dueAtMs].filter(([n]) => n >= first);
    return {
      lagsMs: counted.map(([n, dueMs]) => (arrivedAtMs.get(n) as number) - dueMs),
      payloadBytes,
      wireBytes: (await stage.wireBytes()) - wireBefore,
    };
  } finally {
    await Promise.all([consumer.close(), producer.close()]);
    await replicator.stop();
  }
}
