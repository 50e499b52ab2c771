import { type FetchedBatch, RecordsRefused } from '@meridian/kafka';
import { MalformedRecord, type ProducedBy, rewriteRecords, toProduced } from '@meridian/record-batches';
import { crc32c } from '@node-rs/crc32';
import { compressRecords } from './compress-records.ts';
import { decompressRecords } from './decompress-records.ts';
import type { JoinedWrite } from './join-compressed.ts';
import { type PlannedWrite, planWrites } from './plan-writes.ts';
import { ScratchBuffers } from './scratch-buffers.ts';
import type { SequencedCopy } from './sequenced-copy.ts';

/** For all copies of the process: what is rewritten at the same time is little. */
const scratch = new ScratchBuffers();

/**
 * Makes the bytes of a write and writes them; `onWritten` is told of what the copy has then. Several batches that cannot be made
 * one, or that the target does not take as one, go one by one, so that those before the one that is to blame do not wait for it:
 * records inside that are not what the format says, frames of which Node reads the first alone (zstd), a target that takes
 * less at a time.
 */
export async function writePlanned(
  write: PlannedWrite | JoinedWrite,
  copy: Pick<SequencedCopy, 'next' | 'write'>,
  onWritten: (batches: readonly FetchedBatch[], bytes: number) => void,
): Promise<void> {
  const { batches } = write;
  try {
    const bytes = await scratch.with(async (room) => {
      const one = await bytesOf(write, room, copy.next);
      if (one) await copy.write(one, batches[0]?.firstOffset as string);
      return one?.length ?? 0;
    });
    onWritten(batches, bytes);
  } catch (failure) {
    const isOfOne = failure instanceof MalformedRecord || failure instanceof RecordsRefused;
    if (batches.length < 2 || !isOfOne) throw failure;
    for (const one of batches) await writePlanned(planWrites([one])[0] as PlannedWrite, copy, onWritten);
  }
}

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
