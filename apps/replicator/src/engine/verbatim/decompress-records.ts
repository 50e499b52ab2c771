import { promisify } from 'node:util';
import { gunzip, gunzipSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { MOST_DECOMPRESSED_BYTES } from '@meridian/kafka';
import { type Codec, codecOf, recordBytesOf, type UndecodedBatch } from '@meridian/record-batches';

type Decompress = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;
const DECOMPRESS: Partial<Record<Codec, Decompress>> = {
  gzip: promisify(gunzip) as Decompress,
  zstd: promisify(zstdDecompress) as Decompress,
};

/** What is this small is not worth the way to another thread, which takes five times as long as the work. */
const AT_ONCE_BELOW_BYTES = 4 * 1024;
/** But for what becomes larger than this. */
const AT_ONCE_BYTES = 256 * 1024;
const DECOMPRESS_AT_ONCE = { gzip: gunzipSync, zstd: zstdDecompressSync };

/** The records of a batch; a view where they are not compressed. Rejects for a codec that Node does not have, and for what becomes too large. */
export async function decompressRecords(batch: UndecodedBatch): Promise<Uint8Array> {
  const codec = codecOf(batch);
  if (codec === 'none') return recordBytesOf(batch);
  const decompress = DECOMPRESS[codec];
  if (!decompress) throw new Error(`nothing here decompresses ${codec}`);
  const bytes = recordBytesOf(batch);
  return (
    (bytes.length < AT_ONCE_BELOW_BYTES ? unlessLarge(batch, AT_ONCE_BYTES) : undefined) ??
    decompress(bytes, { maxOutputLength: MOST_DECOMPRESSED_BYTES })
  );
}

/**
 * The records of a compressed batch when they have no more than so many bytes; undefined for those that have more, that cannot be
 * decompressed here, or that are not what their codec says.
 */
export function unlessLarge(batch: UndecodedBatch, mostBytes: number): Uint8Array | undefined {
  const codec = codecOf(batch);
  if (codec !== 'gzip' && codec !== 'zstd') return undefined;
  try {
    return DECOMPRESS_AT_ONCE[codec](recordBytesOf(batch), { maxOutputLength: mostBytes });
  } catch {
    return undefined;
  }
}

export const canDecompress = (batch: UndecodedBatch) => codecOf(batch) === 'none' || codecOf(batch) in DECOMPRESS;
