import { randomUUID } from 'node:crypto';
import type { IncomingRecord, KafkaConnection } from '@meridian/kafka';
import { eventually } from '@meridian/testing';

/** Reads a topic from its beginning until `isEnough`, and on to its end as it is then; in order per partition. */
export async function readUntil(
  kafka: KafkaConnection,
  topic: string,
  isEnough: (records: IncomingRecord[]) => boolean,
  withinMs: number,
): Promise<IncomingRecord[]> {
  const admin = kafka.admin();
  const deadlineMs = performance.now() + withinMs;
  const left = () => Math.max(1, deadlineMs - performance.now());
  const records: IncomingRecord[] = [];
  try {
    await eventually(
      async () => {
        if (!(await admin.listTopics()).some((found) => found.topic === topic)) throw new Error(`there is no ${topic}`);
      },
      { withinMs: left(), everyMs: 100 },
    );
    for (;;) {
      records.length = 0;
      const round = await readOnce(
        kafka,
        topic,
        records,
        isEnough,
        async () => total(await admin.logEnd(topic)),
        left(),
      );
      if (round) return records;
    }
  } finally {
    await admin.close();
  }
}

/** False when partitions were added meanwhile: a consumer would not see for a while what is in them. */
async function readOnce(
  kafka: KafkaConnection,
  topic: string,
  records: IncomingRecord[],
  isEnough: (records: IncomingRecord[]) => boolean,
  logEnd: () => Promise<{ partitions: number; end: number }>,
  withinMs: number,
): Promise<boolean> {
  // A topic that was made just now has no leader for a moment.
  const { partitions } = await eventually(logEnd, { withinMs, everyMs: 50 });
  const consumer = await kafka.consumeBatches({
    ...{ groupId: `conformance.${randomUUID()}`, topics: [topic], fromBeginning: true, maxWaitMs: 100 },
    onBatch: async (batch) => void records.push(...batch.records),
  });
  try {
    return await eventually(
      async () => {
        const now = await logEnd();
        if (now.partitions !== partitions) return false;
        if (!isEnough(records)) throw new Error(`${topic} has ${records.length} records, and more are waited for`);
        if (records.length < now.end) throw new Error(`${now.end - records.length} records of ${topic} were not read`);
        return true;
      },
      { withinMs, everyMs: 100 },
    );
  } finally {
    await consumer.close();
  }
}

function total(ends: Record<number, string>): { partitions: number; end: number } {
  const all = Object.values(ends);
  return { partitions: all.length, end: all.reduce((sum, end) => sum + Number(end), 0) };
}
