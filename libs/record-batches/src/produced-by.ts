import { AT, type Crc32c, viewOf } from './batch-layout.ts';
import { shiftedChecksum } from './shifted-checksum.ts';

/**
 * Who wrote a batch, and which of its records they are: a broker refuses, of one producer and partition, any batch but the one that
 * follows its last, and takes the last five only once (KIP-98). All under the checksum.
 */
export interface ProducedBy {
  /** −1: nobody that a broker remembers. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** Of the first record; the others follow. From 0 to 2^31 − 1, and then from 0 again. */
  readonly baseSequence: number;
}

export const NOBODY: ProducedBy = { producerId: -1n, producerEpoch: -1, baseSequence: -1 };

const SEQUENCES = 2 ** 31;

/** The sequence number of the record that lies `records` behind the one with `sequence`, or before it where that is below 0. */
export const sequenceAfter = (sequence: number, records: number) => (sequence + records + SEQUENCES) % SEQUENCES;

/** How many records lie between two sequence numbers; below 0 when `to` lies before `from`. */
export function recordsBetween(from: number, to: number): number {
  const ahead = (to - from + SEQUENCES) % SEQUENCES;
  return ahead < SEQUENCES / 2 ? ahead : ahead - SEQUENCES;
}

export function producedBy({ bytes }: { readonly bytes: Uint8Array }): ProducedBy {
  const view = viewOf(bytes);
  return {
    producerId: view.getBigInt64(AT.producerId),
    producerEpoch: view.getInt16(AT.producerEpoch),
    baseSequence: view.getInt32(AT.baseSequence),
  };
}

export const isSameProducer = (a: ProducedBy, b: ProducedBy) =>
  a.producerId === b.producerId && a.producerEpoch === b.producerEpoch;

/** Writes it into a batch, whose checksum is then no longer right. */
export function setProducedBy(view: DataView, { producerId, producerEpoch, baseSequence }: ProducedBy): void {
  view.setBigInt64(AT.producerId, producerId);
  view.setInt16(AT.producerEpoch, producerEpoch);
  view.setInt32(AT.baseSequence, baseSequence);
}

/**
 * Lets `change` write into the header behind the checksum, and makes that the one of the changed batch without reading its records:
 * one that was right before is right, and one that was wrong stays wrong.
 */
export function resealed(bytes: Uint8Array, crc32c: Crc32c, change: () => void): void {
  const view = viewOf(bytes);
  const header = bytes.subarray(AT.attributes, AT.records);
  const before = crc32c(header);
  change();
  const difference = shiftedChecksum(before ^ crc32c(header), bytes.length - AT.records);
  view.setUint32(AT.checksum, view.getUint32(AT.checksum) ^ difference);
}

export function seal(bytes: Uint8Array, crc32c: Crc32c): void {
  viewOf(bytes).setUint32(AT.checksum, crc32c(bytes.subarray(AT.attributes)));
}
