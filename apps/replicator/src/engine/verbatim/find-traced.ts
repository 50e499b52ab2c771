import { setImmediate as nextTurn } from 'node:timers/promises';
import { MalformedRecord, type RecordHeaders, recordsAround, type UndecodedBatch } from '@meridian/record-batches';
import type { TracedRecord } from '../copy-spans.ts';
import { canDecompress, decompressRecords } from './decompress-records.ts';

/** The header's name behind its length, both as they lie in a record. */
const NAME = Buffer.from('\x16traceparent');
/** A `traceparent` of version 00 has 55 bytes, and this is how their number is written. */
const LENGTH_OF_VALUE = 110;
const VALUE_BYTES = 55;
/** Small batches are decompressed at once, and a fetch can bring thousands: after so much, others have their turn. Each counts as 5 KiB more. */
const TURN_BYTES = 1024 * 1024;
const BATCH_BYTES = 5 * 1024;

/**
 * The records whose trace is recorded, found without a look at the others: the batch is searched for the header's name at the
 * speed of memory, and a record is read only where a name is followed by flags that say "sampled". Those compressed with
 * gzip or zstd are decompressed for it, what goes to the target is not; snappy and lz4 cannot be read here, and their
 * records have no spans. Records that are not what the format says have none either: what becomes of them is the
 * target's to say.
 */
export async function findTraced(
  where: { topic: string; partition: number },
  batches: readonly UndecodedBatch[],
): Promise<TracedRecord[]> {
  const found: TracedRecord[] = [];
  let inTurn = 0;
  for (const batch of batches) {
    if (!canDecompress(batch)) continue;
    if (inTurn >= TURN_BYTES) {
      await nextTurn();
      inTurn = 0;
    }
    inTurn += BATCH_BYTES;
    try {
      const records = await decompressRecords(batch);
      inTurn += records.length;
      for (const record of recordsAround(batch, records, sampledIn(bufferOf(records))))
        found.push({ ...where, timestampMs: record.timestampMs, rawHeaders: rawHeadersOf(record) });
    } catch (failure) {
      if (!(failure instanceof MalformedRecord) && !isOfZlib(failure)) throw failure;
    }
  }
  return found;
}

function* sampledIn(records: Buffer): Generator<number> {
  for (let at = records.indexOf(NAME); at !== -1; at = records.indexOf(NAME, at + NAME.length)) {
    const value = at + NAME.length;
    const lastDigit = records[value + VALUE_BYTES] ?? 0;
    // The codes of odd digits are odd, those of the odd letters b, d and f even.
    const isOdd = lastDigit < 0x40 ? lastDigit % 2 === 1 : lastDigit % 2 === 0;
    // One of another length is of a later version; whoever reads it decides.
    if (records[value] !== LENGTH_OF_VALUE || isOdd) yield at;
  }
}

const rawHeadersOf = ({ headers }: RecordHeaders) =>
  headers.map(([name, value]) => [bufferOf(name).toString(), value && bufferOf(value)] as const);

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength);

const isOfZlib = (failure: unknown) =>
  /^(Z_|ZSTD_|ERR_BUFFER_TOO_LARGE)/.test((failure as { code?: string }).code ?? '');
