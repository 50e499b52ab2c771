import { AT, ATTRIBUTE, type Crc32c, viewOf } from './batch-layout.ts';
import { isSameProducer, NOBODY, type ProducedBy, producedBy, resealed, setProducedBy } from './produced-by.ts';
import type { UndecodedBatch } from './record-batch.ts';

const UNSET = -1;
/** What describes the log that a batch came from, or its producer, and not its records. */
const LEFT_BEHIND = ATTRIBUTE.transactional | ATTRIBUTE.deleteHorizon;

/**
 * Makes a fetched batch one that can be produced, in place, and returns its bytes. Records, compression, timestamps and
 * their order stay byte for byte.
 *
 * - The base offset becomes 0 and the leader's epoch −1: both are the next leader's to say, and outside the checksum.
 * - The producer's id, epoch and sequence become those of `by`. The other cluster does not know the producer that wrote the
 *   batch, and would refuse it or take it for a repetition; likewise the bit that says it belongs to a transaction.
 * - A delete horizon (compaction's note of when a tombstone may go) is the other log's own to set.
 * - Only where one of the latter changed, a new checksum is made: of the old one and what changed, not of the records again.
 */
export function toProduced(batch: UndecodedBatch, crc32c: Crc32c, by: ProducedBy = NOBODY): Uint8Array {
  const { bytes, attributes } = batch;
  const view = viewOf(bytes);
  view.setBigInt64(AT.baseOffset, 0n);
  view.setInt32(AT.partitionLeaderEpoch, UNSET);
  const before = producedBy(batch);
  const isAnothers = !isSameProducer(before, by) || before.baseSequence !== by.baseSequence;
  if (isAnothers || (attributes & LEFT_BEHIND) !== 0)
    resealed(bytes, crc32c, () => {
      view.setInt16(AT.attributes, attributes & ~LEFT_BEHIND);
      setProducedBy(view, by);
    });
  return bytes;
}
