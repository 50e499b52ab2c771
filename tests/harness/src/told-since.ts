import { PARTITIONS_PER_TOPIC, remoteTopic, TOPICS } from '@meridian/contracts';
import { createKafka, type IncomingRecord } from '@meridian/kafka';
import { hostPort, type RegionId } from '@meridian/regions';
import { addresses } from './system.ts';

export interface ToldSince {
  /** Records with a value. */
  events: number;
  /** `topic/partition@offset` of those that delete: with a key, and without a value. A heartbeat has neither. */
  deletes: string[];
}

/** What lies in a cluster, of its own or copied, of what `origin` has told of its aggregates since then; by the records' own times. */
export async function toldSince(origin: RegionId, at: RegionId, sinceMs: number): Promise<ToldSince> {
  const regional = addresses.regions[at];
  if (!regional) throw new Error(`There is no region "${at}".`);
  const reader = createKafka({ clientId: 'test-harness', brokers: [hostPort(regional.kafka.local)] }).logReader();
  const told: ToldSince = { events: 0, deletes: [] };
  try {
    for (const own of Object.values(TOPICS)) {
      const topic = at === origin ? own : remoteTopic(origin, own);
      for (let partition = 0; partition < PARTITIONS_PER_TOPIC; partition += 1) {
        const { end } = await reader.bounds(topic, partition);
        const first = await reader.firstSince(topic, partition, sinceMs);
        for (let offset = first; offset !== null && BigInt(offset) < BigInt(end); ) {
          const { records, nextOffset } = await reader.read(topic, partition, offset);
          told.events += records.filter(({ value }) => value !== null).length;
          told.deletes.push(...records.filter(isDelete).map((r) => `${topic}/${partition}@${r.offset}`));
          if (nextOffset === offset)
            throw new Error(`${topic}/${partition} ends at ${end} and gives nothing at ${offset}.`);
          offset = nextOffset;
        }
      }
    }
    return told;
  } finally {
    reader.close();
  }
}

const isDelete = ({ key, value }: IncomingRecord) => key !== null && value === null;
