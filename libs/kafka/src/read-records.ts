import { randomUUID } from 'node:crypto';
import type { Consumer } from 'kafkajs';
import { openClient, RETRY } from './kafka-settings.ts';
import { wordsOf } from './pauses.ts';
import { type IncomingRecord, ReceivedRecord, type RecordPosition } from './record.ts';
import type { KafkaOptions } from './types.ts';

/** For all that is asked for at once: the joining of a group, and one fetch per record. */
const ANSWER_WITHIN_MS = 15_000;
const MAX_WAIT_MS = 100;
/** A coordinator that is not found yet passes after some. */
const RETRIES = 8;

/**
 * Looks records up where they lie. kafkajs fetches for members of groups alone, so a group of its own is made, which
 * commits nothing and is forgotten by the broker once it is empty.
 */
export async function readRecordsAt(
  options: KafkaOptions,
  topic: string,
  positions: readonly RecordPosition[],
): Promise<IncomingRecord[]> {
  const { kafka, sockets } = openClient(options, { ...RETRY, retries: RETRIES });
  const admin = kafka.admin();
  const consumer = kafka.consumer({
    groupId: `look-up-${randomUUID()}`,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: MAX_WAIT_MS,
  });
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)), ANSWER_WITHIN_MS);
  const look = async () => {
    await admin.connect();
    const wanted = stillThere(positions, await admin.fetchTopicOffsets(topic));
    return wanted.size === 0 ? [] : await readWanted(consumer, topic, wanted);
  };
  const looking = look();
  try {
    return await Promise.race([looking, late.promise]);
  } catch (failure) {
    throw new Error(`the records of ${topic} could not be read: ${wordsOf(failure)}`, { cause: failure });
  } finally {
    clearTimeout(timer);
    // After a wait that was given up it ends with the sockets, and nobody is left to be told.
    looking.catch(() => undefined);
    sockets.close('the records were read');
    for (const client of [consumer, admin]) client.disconnect().catch(() => undefined);
  }
}

/** By partition the offsets asked for, once each and in order, but for those that are not in the log. */
function stillThere(
  positions: readonly RecordPosition[],
  logs: readonly { partition: number; low: string; high: string }[],
): Map<number, string[]> {
  const inLog = logs.map(({ partition, low, high }): [number, string[]] => {
    const offsets = new Set(positions.filter((position) => position.partition === partition).map((p) => p.offset));
    const there = [...offsets].filter((offset) => BigInt(offset) >= BigInt(low) && BigInt(offset) < BigInt(high));
    return [partition, there.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1))];
  });
  return new Map(inLog.filter(([, offsets]) => offsets.length > 0));
}

/** Goes from one wanted offset to the next in each partition. */
async function readWanted(consumer: Consumer, topic: string, wanted: Map<number, string[]>): Promise<IncomingRecord[]> {
  const found: IncomingRecord[] = [];
  const all = Promise.withResolvers<IncomingRecord[]>();
  all.promise.catch(() => undefined);
  consumer.on(consumer.events.CRASH, ({ payload }) => all.reject(payload.error));
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch, pause }) => {
      const { partition } = batch;
      const next = wanted.get(partition) ?? [];
      const here = new Map(batch.messages.map((message) => [message.offset, message]));
      // An offset that was passed and is not here holds no record.
      while (next[0] !== undefined && BigInt(next[0]) <= BigInt(batch.lastOffset())) {
        const message = here.get(next.shift() as string);
        if (message) found.push(new ReceivedRecord(topic, partition, message));
      }
      if (next[0] !== undefined) return consumer.seek({ topic, partition, offset: next[0] });
      pause();
      wanted.delete(partition);
      if (wanted.size === 0) all.resolve(found);
    },
  });
  for (const [partition, [offset]] of wanted) consumer.seek({ topic, partition, offset: offset as string });
  return await all.promise;
}
