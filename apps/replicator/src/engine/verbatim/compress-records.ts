import { promisify } from 'node:util';
import { gzip, zstdCompress } from 'node:zlib';
import { recordBytesOf, withCompressed } from '@meridian/record-batches';
import { crc32c } from '@node-rs/crc32';

const COMPRESS = { gzip: promisify(gzip), zstd: promisify(zstdCompress) };
export type WrittenCodec = keyof typeof COMPRESS;

/** A batch that was rewritten, compressed: one of its own. */
export async function compressRecords(batch: Uint8Array, codec: WrittenCodec): Promise<Uint8Array> {
  return withCompressed(batch, codec, await COMPRESS[codec](recordBytesOf({ bytes: batch })), crc32c);
}
