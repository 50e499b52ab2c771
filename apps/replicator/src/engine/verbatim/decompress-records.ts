import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { type Codec, codecOf, recordBytesOf, type UndecodedBatch } from '@meridian/record-batches';

/** A batch is at most 1 MB as it lies there; one that becomes larger than this is left alone. */
const MOST_BYTES = 64 * 1024 * 1024;

type Decompress = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;
const DECOMPRESS: Partial<Record<Codec, Decompress>> = {
  gzip: promisify(gunzip) as Decompress,
  zstd: promisify(zstdDecompress) as Decompress,
};

/** The records of a batch; a view where they are not compressed. Rejects for a codec that Node does not have. */
export async function decompressRecords(batch: UndecodedBatch): Promise<Uint8Array> {
  const codec = codecOf(batch);
  if (codec === 'none') return recordBytesOf(batch);
  const decompress = DECOMPRESS[codec];
  if (!decompress) throw new Error(`nothing here decompresses ${codec}`);
  return decompress(recordBytesOf(batch), { maxOutputLength: MOST_BYTES });
}

export const canDecompress = (batch: UndecodedBatch) => codecOf(batch) === 'none' || codecOf(batch) in DECOMPRESS;
