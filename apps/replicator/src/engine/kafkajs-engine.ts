import { remoteTopic } from '@meridian/contracts';
import type { RecordProducer } from '@meridian/kafka';
import type { Carriage } from './carriage.ts';
import { bytesOf, copyRecord } from './copy-record.ts';
import { inCopySpans } from './copy-spans.ts';
import { RegionCopy } from './region-copy.ts';
import type { ReplicationEngine } from './replication-engine.ts';

export interface EngineOptions {
  /** How often both clusters are asked for their topics. Default 5,000 ms. */
  refreshMs?: number;
}

/**
 * The engine to read: a consumer per topic at the origin, a producer at the target, and nothing between them but a new
 * topic name.
 *
 * Limit: records are decoded and encoded again, though their values are not. What was compressed is written uncompressed, and
 * with snappy or lz4 cannot be read.
 */
export function createKafkajsEngine({ refreshMs = 5_000 }: EngineOptions = {}): ReplicationEngine {
  return { name: 'kafkajs', start: (specification) => new RegionCopy(byRecord, specification, refreshMs) };
}

const byRecord: Carriage<RecordProducer> = {
  openWriter: (target) => target.producer(),
  carry: ({ origin, topic, groupId, maxWaitMs, owns, onNothingCommitted }, take) =>
    origin.consumeBatches({
      ...{ groupId, topics: [topic], fromBeginning: true, maxWaitMs, owns, onNothingCommitted },
      onBatch: ({ partition, records }) =>
        take({ topic, partition }, async ({ writer, link, unlessStopping, onCopied }) => {
          await inCopySpans(records, link, () =>
            unlessStopping(() => writer.send(remoteTopic(link.origin, topic), records.map(copyRecord))),
          );
          onCopied({ records: records.length, bytes: records.reduce((sum, record) => sum + bytesOf(record), 0) });
        }),
    }),
};
