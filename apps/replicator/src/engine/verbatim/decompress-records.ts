import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { MOST_DECOMPRESSED_BYTES } from '@meridian/kafka';
import { type Codec, codecOf, recordBytesOf, type UndecodedBatch } from '@meridian/record-batches';

type Decompress = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;
const DECOMPRESS: Partial<Record<Codec, Decompress>> = {
  gzip: promisify(gunzip) as Decompress,
  zstd: promisify(zstdDecompress) as Decompress,
};

/** The records of a batch; a view where they are not compressed. Rejects for a codec that Node does not have, and for what becomes too large. */
export async function decompressRecords(batch: UndecodedBatch): Promise<Uint8Array> {
  const codec = codecOf(batch);
  if (codec === 'none') return recordBytesOf(batch);
  const decompress = DECOMPRESS[codec];
  if (!decompress) throw new Error(`nothing here decompresses ${codec}`);
  return decompress(recordBytesOf(batch), { maxOutputLength: MOST_DECOMPRESSED_BYTES });
}

export const canDecompress = (batch: UndecodedBatch) => codecOf(batch) === 'none' || codecOf(batch) in DECOMPRESS;
