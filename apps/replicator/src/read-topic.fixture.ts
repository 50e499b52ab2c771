import { randomUUID } from 'node:crypto';
import type { IncomingRecord, KafkaConnection } from '@meridian/kafka';
import { createLogger } from '@meridian/service-kit/process';
import { eventually } from '@meridian/testing';

export const silent = createLogger('replicator', { level: 'silent' });

/** Waits until a topic has `atLeast` records, reads it from its beginning to its end, and on until `counted` is enough. */
export async function recordsOf(
  kafka: KafkaConnection,
  topic: string,
  atLeast: number,
  counted = (records: IncomingRecord[]) => records.length,
): Promise<IncomingRecord[]> {
  const admin = kafka.admin();
  const logEnd = async () => Object.values(await admin.logEnd(topic)).reduce((sum, end) => sum + Number(end), 0);
  // First, because a consumer would not see for a while what is added to the topic's partitions.
  await eventually(
    async () => {
      if (!(await admin.listTopics()).some((found) => found.topic === topic)) throw new Error(`there is no ${topic}`);
      const missing = atLeast - (await logEnd());
      if (missing > 0) throw new Error(`${missing} of ${atLeast} records are missing in ${topic}`);
    },
    { withinMs: 20_000, everyMs: 50 },
  );
  const records: IncomingRecord[] = [];
  const consumer = await kafka.consume({
    groupId: randomUUID(),
    topics: [topic],
    onRecord: (record) => {
      records.push(record);
    },
  });
  try {
    await eventually(
      async () => {
        const missing = atLeast - counted(records);
        if (missing > 0) throw new Error(`${missing} of ${atLeast} records are missing in ${topic}`);
        const unread = (await logEnd()) - records.length;
        if (unread > 0) throw new Error(`${unread} records of ${topic} were not read`);
      },
      { withinMs: 20_000, everyMs: 50 },
    );
    return records;
  } finally {
    await Promise.all([consumer.close(), admin.close()]);
  }
}
