import type { IncomingRecord, OutgoingRecord } from '@meridian/kafka';

/** The same record once more: nothing is decoded, nothing added, nothing left out. */
export function copyRecord({ key, value, rawHeaders, partition, timestampMs }: IncomingRecord): OutgoingRecord {
  return { key, value, headers: rawHeaders, partition, timestampMs };
}

/** The bytes of a record that a sender chose: its key, its value and its headers. */
export function bytesOf({ key, value, rawHeaders }: IncomingRecord): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, held] of rawHeaders) bytes += Buffer.byteLength(name) + (held?.length ?? 0);
  return bytes;
}
