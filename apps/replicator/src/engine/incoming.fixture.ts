import type { IncomingRecord, RawHeader } from '@meridian/kafka';

const SENT_AT_MS = Date.parse('2026-11-24T12:00:00.123Z');

/** A record as if it had been read, with what a test says of it. */
export function incoming(told: Partial<IncomingRecord> = {}): IncomingRecord {
  const rawHeaders: readonly RawHeader[] = told.rawHeaders ?? [];
  return {
    topic: 'orders.v1',
    partition: 2,
    offset: '7',
    key: Buffer.from('o-1'),
    value: Buffer.from('{"id":"o-1"}'),
    headers: Object.fromEntries(rawHeaders.filter((header): header is [string, Buffer] => header[1] !== null)),
    timestampMs: SENT_AT_MS,
    ...told,
    rawHeaders,
  };
}

export function header(name: string, value: string | null): RawHeader {
  return [name, value === null ? null : Buffer.from(value)];
}
