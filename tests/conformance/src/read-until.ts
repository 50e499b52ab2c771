import type { IncomingRecord, KafkaConnection, LogReader } from '@meridian/kafka';
import { eventually } from '@meridian/testing';

/**
 * Reads a topic from its beginning until `isEnough`, and on to its end as it is then; in order per partition. It goes by offsets
 * and does not count: the mark that ends a transaction takes one and is never given to anybody.
 */
export async function readUntil(
  kafka: KafkaConnection,
  topic: string,
  isEnough: (records: IncomingRecord[]) => boolean,
  withinMs: number,
): Promise<IncomingRecord[]> {
  const admin = kafka.admin();
  const log = new GrowingLog(kafka.logReader(), topic);
  const partitions = async () => {
    const found = (await admin.listTopics()).find((one) => one.topic === topic);
    if (!found) throw new Error(`there is no ${topic}`);
    return found.partitions;
  };
  try {
    return await eventually(
      async () => {
        await log.readOn(await partitions());
        if (!isEnough(log.records))
          throw new Error(`${topic} has ${log.records.length} records, and more are waited for`);
        await log.readOn(await partitions());
        return log.records;
      },
      { withinMs, everyMs: 100 },
    );
  } finally {
    log.close();
    await admin.close();
  }
}

/** What was read of a topic so far; after a failure it is read on where that was. */
class GrowingLog {
  readonly records: IncomingRecord[] = [];
  readonly #reader: LogReader;
  readonly #topic: string;
  readonly #positions: string[] = [];

  constructor(reader: LogReader, topic: string) {
    this.#reader = reader;
    this.#topic = topic;
  }

  async readOn(partitions: number): Promise<void> {
    for (let partition = 0; partition < partitions; partition += 1) {
      const { start, end } = await this.#reader.bounds(this.#topic, partition);
      let position = this.#positions[partition] ?? start;
      while (BigInt(position) < BigInt(end)) {
        const { records, nextOffset } = await this.#reader.read(this.#topic, partition, position);
        if (nextOffset === position) break;
        this.records.push(...records);
        position = nextOffset;
        this.#positions[partition] = position;
      }
    }
  }

  close(): void {
    this.#reader.close();
  }
}
