import {
  isSameProducer,
  type ProducedBy,
  producedBy,
  recordsBetween,
  sequenceAfter,
  type UndecodedBatch,
} from '@meridian/record-batches';

/**
 * Where a record of the original stands in the name of a producer of the copy: the record at the committed offset has, or will
 * have, the sequence number `baseSequence` there. Kept beside the offset, in the same commit, it says of the copy's last batch
 * how many records behind that offset are in the copy already.
 */
export type CopyPosition = ProducedBy;

const NOTE = /^verbatim (\d+)\/(\d+)\/(\d+)$/;

export const toNote = ({ producerId, producerEpoch, baseSequence }: CopyPosition) =>
  `verbatim ${producerId}/${producerEpoch}/${baseSequence}`;

/** Undefined for none, and for one of another engine. */
export function readNote(note: string | undefined): CopyPosition | undefined {
  const [, producerId, producerEpoch, baseSequence] = NOTE.exec(note ?? '') ?? [];
  if (producerId === undefined) return undefined;
  return {
    producerId: BigInt(producerId),
    producerEpoch: Number(producerEpoch),
    baseSequence: Number(baseSequence),
  };
}

/**
 * How many records of `by`, from `by.baseSequence` on, the copy has, by its last batch; below 0 when some before that are no longer
 * there. Undefined when the last batch is somebody else's, or there is none: then it cannot be said.
 */
export function recordsThere(last: UndecodedBatch | undefined, by: CopyPosition): number | undefined {
  const lastBy = last && producedBy(last);
  if (!lastBy || !isSameProducer(lastBy, by)) return undefined;
  // By its offsets: compaction may have taken records out of it, and their numbers stay used.
  const written = Number(last.lastOffset - last.baseOffset) + 1;
  return recordsBetween(by.baseSequence, sequenceAfter(lastBy.baseSequence, written));
}
