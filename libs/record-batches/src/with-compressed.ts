import { AT, CODECS, type Codec, type Crc32c, LENGTH_OVERHEAD, viewOf } from './batch-layout.ts';
import { seal } from './produced-by.ts';

/**
 * A batch that was rewritten, which is uncompressed, with its records in the form that `codec` has made of them: a new one, with the
 * same header but for what tells of that.
 */
export function withCompressed(batch: Uint8Array, codec: Codec, compressed: Uint8Array, crc32c: Crc32c): Uint8Array {
  const bytes = new Uint8Array(AT.records + compressed.length);
  bytes.set(batch.subarray(0, AT.records));
  bytes.set(compressed, AT.records);
  const view = viewOf(bytes);
  view.setInt32(AT.length, bytes.length - LENGTH_OVERHEAD);
  view.setInt16(AT.attributes, CODECS.indexOf(codec));
  seal(bytes, crc32c);
  return bytes;
}
