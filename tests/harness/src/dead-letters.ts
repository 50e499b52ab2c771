import { dlqTopic } from '@meridian/contracts';
import { createKafka, DEAD_LETTER_HEADERS, headersToStrings, type IncomingRecord } from '@meridian/kafka';
import { hostPort, type RegionId } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { addresses } from './system.ts';

export interface DeadLetter {
  key: string | undefined;
  value: string | undefined;
  reason: string | undefined;
  /** The consumer group that could not apply it. */
  group: string | undefined;
}

/** Every record that consumers of a region gave up, of one topic in that region's cluster. */
export async function deadLetters(region: RegionId, topic: string): Promise<DeadLetter[]> {
  const regional = addresses.regions[region];
  if (!regional) throw new Error(`There is no region "${region}".`);
  const dlq = dlqTopic(topic);
  const kafka = createKafka({ clientId: 'test-harness', brokers: [hostPort(regional.kafka.local)] });
  const admin = kafka.admin();
  const end = await admin.logEnd(dlq).finally(() => admin.close());
  const expected = Object.values(end).reduce((sum, offset) => sum + Number(offset), 0);
  const letters: IncomingRecord[] = [];
  const consumer = await kafka.consume({
    groupId: `dead-letters-${performance.now()}-${process.pid}`,
    topics: [dlq],
    fromBeginning: true,
    onRecord: (record) => {
      letters.push(record);
    },
  });
  try {
    await eventually(
      () => {
        if (letters.length < expected) throw new Error(`${letters.length} of ${expected} records of ${dlq} were read`);
      },
      { withinMs: 10_000 },
    );
  } finally {
    await consumer.close();
  }
  return letters.map(({ key, value, headers }) => {
    const text = headersToStrings(headers);
    return {
      key: key?.toString('utf8'),
      value: value?.toString('utf8'),
      reason: text[DEAD_LETTER_HEADERS.reason],
      group: text[DEAD_LETTER_HEADERS.group],
    };
  });
}
