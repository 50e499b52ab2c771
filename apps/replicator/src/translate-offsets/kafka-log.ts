import type { LogReader } from '@meridian/kafka';
import type { ReadableLog } from './readable-log.ts';

/** A partition as it is now; what is written later is not seen. */
export async function kafkaLog(reader: LogReader, topic: string, partition: number): Promise<ReadableLog> {
  const { start, end } = await reader.bounds(topic, partition);
  return {
    start: BigInt(start),
    end: BigInt(end),
    firstSince: async (timestampMs) => {
      const found = await reader.firstSince(topic, partition, timestampMs);
      return found === null ? undefined : BigInt(found);
    },
    read: async (from) => {
      const { records, nextOffset } = await reader.read(topic, partition, String(from));
      const read = records.map(({ offset, timestampMs, key, value, rawHeaders }) => ({
        ...{ offset: BigInt(offset), timestampMs },
        ...{ key, value, rawHeaders },
      }));
      return { records: read, next: BigInt(nextOffset) };
    },
  };
}
