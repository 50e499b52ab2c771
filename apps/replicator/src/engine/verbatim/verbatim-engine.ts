import { remoteTopic } from '@meridian/contracts';
import type { FetchedBatch, UndecodedProducer } from '@meridian/kafka';
import { type ProducedBy, rewriteRecords, toProduced } from '@meridian/record-batches';
import { hasTracerProvider } from '@meridian/telemetry';
import { crc32c } from '@node-rs/crc32';
import type { Carriage, CopyContext } from '../carriage.ts';
import { inCopySpans } from '../copy-spans.ts';
import type { EngineOptions } from '../kafkajs-engine.ts';
import { RegionCopy } from '../region-copy.ts';
import type { ReplicationEngine } from '../replication-engine.ts';
import { compressRecords } from './compress-records.ts';
import { decompressRecords } from './decompress-records.ts';
import { findTraced } from './find-traced.ts';
import { type JoinedWrite, joinCompressed } from './join-compressed.ts';
import { type PlannedWrite, planWrites } from './plan-writes.ts';
import { ScratchBuffers } from './scratch-buffers.ts';
import { SequencedCopy } from './sequenced-copy.ts';

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

/** For all copies of the process: what is rewritten at the same time is little. */
const scratch = new ScratchBuffers();

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
    for (const write of joinCompressed(planWrites(rest))) {
      const bytes = await scratch.with(async (room) => {
        const one = await bytesOf(write, room, copy.next);
        if (one) await copy.write(one, write.batches[0]?.firstOffset as string);
        return one?.length ?? 0;
      });
      onWritten(write.batches);
      const records = write.batches.reduce((sum, { batch }) => sum + batch.recordCount, 0);
      onCopied({ records, bytes });
    }
  });
}

/**
 * Whether a copy that begins here can be counted from here: what a compressed batch holds before the wanted offset is copied with it,
 * and would be taken for as many of the records behind that.
 */
const beginsAsWanted = (first: FetchedBatch | undefined): boolean =>
  first !== undefined && BigInt(first.firstOffset) === first.batch.baseOffset;

/** Undefined when nothing is left of it. */
async function bytesOf(
  write: PlannedWrite | JoinedWrite,
  room: (bytes: number) => Uint8Array,
  by: ProducedBy,
): Promise<Uint8Array | undefined> {
  const { how, batches } = write;
  const [first] = batches as [FetchedBatch];
  if (how === 'as-it-is') return toProduced(first.batch, crc32c, by);
  const records =
    how === 'joined' ? write.records : await Promise.all(batches.map(({ batch }) => decompressRecords(batch)));
  const parts = batches.map(({ batch, firstOffset }, i) => ({
    ...{ batch, from: BigInt(firstOffset) },
    records: records[i] as Uint8Array,
  }));
  const joined = rewriteRecords(parts, crc32c, room, by);
  return joined && how === 'joined' ? compressRecords(joined, write.codec) : joined;
}
