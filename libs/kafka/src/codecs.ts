import { promisify } from 'node:util';
import { gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';

/**
 * What a batch may become when it is decompressed, in bytes. It is at most 1 MB as it lies in a log, and what our producers
 * write no more than that before; a batch of zeros, by mistake or on purpose, could become gigabytes.
 */
export const MOST_DECOMPRESSED_BYTES = 64 * 1024 * 1024;

const BOUND = { maxOutputLength: MOST_DECOMPRESSED_BYTES };

interface Codec {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>;
  /** Rejects with `ERR_BUFFER_TOO_LARGE` beyond the bound. */
  decompress(bytes: Buffer): Promise<Buffer>;
}

/** As kafkajs wants them, by Node's own zlib. */
export const CODECS: Record<'gzip' | 'zstd', Codec> = {
  gzip: {
    compress: ({ buffer }) => promisify(gzip)(buffer),
    decompress: (bytes) => promisify(gunzip)(bytes, BOUND),
  },
  zstd: {
    compress: ({ buffer }) => promisify(zstdCompress)(buffer),
    decompress: (bytes) => promisify(zstdDecompress)(bytes, BOUND),
  },
};
