import { AT, ATTRIBUTE, CODECS, type Crc32c, LENGTH_OVERHEAD, SMALLEST_RECORD, viewOf } from './batch-layout.ts';
import type { UndecodedBatch } from './record-batch.ts';

/**
 * - `OldFormat`: format 0 or 1, from before Kafka 0.11. Its offsets lie inside the compressed part, so it cannot be passed on
 *   undecoded.
 * - `UnknownFormat`: a later one than was known here.
 * - `ImpossibleLength`, `ImpossibleCount`, `ImpossibleOffset`, `UnknownCodec`: a header that no broker writes.
 * - `WrongChecksum`: the bytes are not those that were written.
 */
export type Damage =
  | 'OldFormat'
  | 'UnknownFormat'
  | 'ImpossibleLength'
  | 'ImpossibleCount'
  | 'ImpossibleOffset'
  | 'UnknownCodec'
  | 'WrongChecksum';

export type ReadBatches =
  | {
      readonly ok: true;
      readonly batches: readonly UndecodedBatch[];
      /** Of a batch that the answer's limit has cut off: it is fetched again, from its beginning. */
      readonly cutOffBytes: number;
    }
  | { readonly ok: false; readonly reason: Damage; readonly atByte: number };

/**
 * The batches of a fetch answer, one header after the other. Every batch that is returned is whole and has the checksum that
 * it was written with; it is looked at here because one that is made anew for rewritten records would bless what was damaged, and
 * the target would refuse what goes as it is, again and again, where it is only to be fetched again.
 * Whatever the bytes are, nothing outside of them is read, and it takes one pass.
 */
export function readBatches(fetched: Uint8Array, crc32c: Crc32c): ReadBatches {
  const view = viewOf(fetched);
  const batches: UndecodedBatch[] = [];
  let at = 0;
  while (at < fetched.length) {
    const left = fetched.length - at;
    if (left > AT.magic) {
      const magic = view.getInt8(at + AT.magic);
      if (magic !== 2)
        return { ok: false, reason: magic === 0 || magic === 1 ? 'OldFormat' : 'UnknownFormat', atByte: at };
    }
    if (left < LENGTH_OVERHEAD) break;
    const size = LENGTH_OVERHEAD + view.getInt32(at + AT.length);
    if (size < AT.records) return { ok: false, reason: 'ImpossibleLength', atByte: at };
    if (size > left) break;
    const batch = readBatch(fetched.subarray(at, at + size), crc32c);
    if (typeof batch === 'string') return { ok: false, reason: batch, atByte: at };
    batches.push(batch);
    at += size;
  }
  return { ok: true, batches, cutOffBytes: fetched.length - at };
}

function readBatch(bytes: Uint8Array, crc32c: Crc32c): UndecodedBatch | Damage {
  const view = viewOf(bytes);
  if (crc32c(bytes.subarray(AT.attributes)) !== view.getUint32(AT.checksum)) return 'WrongChecksum';
  const attributes = view.getInt16(AT.attributes);
  const codec = attributes & ATTRIBUTE.compression;
  if (codec >= CODECS.length) return 'UnknownCodec';
  const recordCount = view.getInt32(AT.recordCount);
  if (recordCount < 0) return 'ImpossibleCount';
  if (codec === 0 && recordCount * SMALLEST_RECORD > bytes.length - AT.records) return 'ImpossibleCount';
  const baseOffset = view.getBigInt64(AT.baseOffset);
  const lastOffsetDelta = view.getInt32(AT.lastOffsetDelta);
  if (baseOffset < 0n || lastOffsetDelta < 0) return 'ImpossibleOffset';
  if (recordCount > lastOffsetDelta + 1) return 'ImpossibleCount';
  return {
    bytes,
    baseOffset,
    lastOffset: baseOffset + BigInt(lastOffsetDelta),
    recordCount,
    attributes,
    baseTimestampMs: Number(view.getBigInt64(AT.baseTimestamp)),
    maxTimestampMs: Number(view.getBigInt64(AT.maxTimestamp)),
    producerId: view.getBigInt64(AT.producerId),
  };
}
