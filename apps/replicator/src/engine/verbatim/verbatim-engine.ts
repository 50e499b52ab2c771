import { remoteTopic } from '@meridian/contracts';
import type { FetchedBatch, UndecodedProducer } from '@meridian/kafka';
import { hasTracerProvider } from '@meridian/telemetry';
import type { Carriage, CopyContext } from '../carriage.ts';
import { inCopySpans } from '../copy-spans.ts';
import type { EngineOptions } from '../kafkajs-engine.ts';
import { RegionCopy } from '../region-copy.ts';
import type { ReplicationEngine } from '../replication-engine.ts';
import { findTraced } from './find-traced.ts';
import { joinCompressed } from './join-compressed.ts';
import { planWrites } from './plan-writes.ts';
import { SequencedCopy } from './sequenced-copy.ts';
import { writePlanned } from './write-planned.ts';

/**
 * The fast engine: record batches go from log to log undecoded, byte for byte but for the header fields that must change, and
 * stay compressed where they are (docs/explanation/verbatim-replication.md).
 *
 * While one part of a partition is written the next is fetched, and no more than that waits in memory, so it is bounded
 * however much there is to copy. Of a partition one batch is on the way at a time, as two would have no order after a
 * failure; partitions and topics travel side by side, and together in a request where they meet. Each partition is written in
 * the name of a producer of its own (`SequencedCopy`), so that what is sent again, and what was written before a crash, is
 * not written twice.
 *
 * Limits:
 * - What a compressed batch holds before the wanted offset is copied again with it.
 * - A batch compressed with snappy or lz4 that has to be rewritten (after compaction, or with the broker's time) holds its
 *   partition up, and is said; their records have no spans.
 * - A log that was truncated (an unclean election) and has since grown beyond what was read of it is not noticed.
 */
export function createVerbatimEngine({ refreshMs = 5_000 }: EngineOptions = {}): ReplicationEngine {
  return { name: 'verbatim', start: (specification) => new RegionCopy(byBatch(), specification, refreshMs) };
}

function byBatch(): Carriage<UndecodedProducer> {
  /** So that what stands before a batch that fails is not sent again with it. */
  const written = new WeakSet<FetchedBatch>();
  return {
    openWriter: (target) => target.undecodedProducer(),
    carry: ({ origin, topic, groupId, maxWaitMs, owns, onNothingCommitted }, take) => {
      const copies = new Map<number, SequencedCopy>();
      return origin.consumeUndecoded({
        ...{ groupId, topics: [topic], fromBeginning: true, maxWaitMs, owns, onNothingCommitted },
        onBatches: ({ partition, batches, committed, commitBefore }) =>
          take({ topic, partition }, async (context) => {
            let copy = copies.get(partition);
            if (!copy) {
              // What is begun anew is said before its first record is written, as a crash may come before the next commit.
              copy = await SequencedCopy.begin(context, remoteTopic(context.link.origin, topic), partition, committed);
              if (copy.note !== committed?.note && beginsAsWanted(batches[0])) await commitBefore(copy.note);
              copies.set(partition, copy);
            }
            const left = batches.filter((one) => !written.has(one));
            await copyBatches({ topic, partition }, left, context, copy, (done) =>
              done.forEach((one) => void written.add(one)),
            );
            return copy.note;
          }),
      });
    },
  };
}

async function copyBatches(
  { topic, partition }: { topic: string; partition: number },
  batches: readonly FetchedBatch[],
  { link, onCopied }: CopyContext<UndecodedProducer>,
  copy: SequencedCopy,
  onWritten: (done: readonly FetchedBatch[]) => void,
): Promise<void> {
  const { skipped, rest } = copy.leaveOut(batches);
  onWritten(skipped);
  const searched = hasTracerProvider() ? rest.map(({ batch }) => batch) : [];
  const traced = await findTraced({ topic, partition }, searched);
  await inCopySpans(traced, link, async () => {
    for (const write of joinCompressed(planWrites(rest)))
      await writePlanned(write, copy, (done, bytes) => {
        onWritten(done);
        onCopied({ records: done.reduce((sum, { batch }) => sum + batch.recordCount, 0), bytes });
      });
  });
}

/**
 * Whether a copy that begins here can be counted from here: what a compressed batch holds before the wanted offset is copied with it,
 * and would be taken for as many of the records behind that.
 */
const beginsAsWanted = (first: FetchedBatch | undefined): boolean =>
  first !== undefined && BigInt(first.firstOffset) === first.batch.baseOffset;
