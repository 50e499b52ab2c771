import type { IncomingRecord } from '@meridian/kafka';

/** What of a record stays the same in a copy: everything but its offset. */
export interface LogRecord extends Pick<IncomingRecord, 'timestampMs' | 'key' | 'value' | 'rawHeaders'> {
  offset: bigint;
}

/** A partition's log as it was at one moment. */
export interface ReadableLog {
  readonly start: bigint;
  /** One after the last. */
  readonly end: bigint;
  /** The first offset whose record is not older; undefined when there is none. */
  firstSince(timestampMs: number): Promise<bigint | undefined>;
  /** Some records from an offset on, in order, and where to read on: the same offset when nothing follows. */
  read(from: bigint): Promise<{ records: readonly LogRecord[]; next: bigint }>;
}

/**
 * Further than this behind the first record of its time a copy is not looked for: 10,000 records of a kilobyte are 10 MB, per
 * partition. Only clocks that disagree, or a log that has dropped the copy, let it be further.
 */
const SEARCHED_RECORDS = 10_000;

/** The first record at an offset or behind it. An offset need not hold one: marks of transactions, compaction. */
export async function recordAt(log: ReadableLog, offset: bigint): Promise<LogRecord | undefined> {
  for await (const record of recordsFrom(log, offset)) return record;
  return undefined;
}

/** The last record before an offset. */
export async function recordBefore(log: ReadableLog, offset: bigint): Promise<LogRecord | undefined> {
  for (let back = 1n; ; back *= 2n) {
    const from = laterOf(offset - back, log.start);
    let last: LogRecord | undefined;
    for await (const record of recordsFrom(log, from)) {
      if (record.offset >= offset) break;
      last = record;
    }
    if (last || from === log.start) return last;
  }
}

/** The first offset that holds the same record; undefined when it holds none, or none near its time. */
export async function findCopy(log: ReadableLog, original: LogRecord): Promise<bigint | undefined> {
  const first = await log.firstSince(original.timestampMs);
  if (first === undefined) return undefined;
  let searched = 0;
  for await (const record of recordsFrom(log, first)) {
    if (isSame(record, original)) return record.offset;
    searched += 1;
    if (searched >= SEARCHED_RECORDS) return undefined;
  }
  return undefined;
}

async function* recordsFrom(log: ReadableLog, offset: bigint): AsyncGenerator<LogRecord> {
  let from = laterOf(offset, log.start);
  while (from < log.end) {
    const { records, next } = await log.read(from);
    for (const record of records) if (record.offset < log.end) yield record;
    if (next <= from) return;
    from = next;
  }
}

function isSame(a: LogRecord, b: LogRecord): boolean {
  return (
    a.timestampMs === b.timestampMs &&
    sameBytes(a.key, b.key) &&
    sameBytes(a.value, b.value) &&
    a.rawHeaders.length === b.rawHeaders.length &&
    a.rawHeaders.every(([name, value], i) => {
      const [otherName, otherValue] = b.rawHeaders[i] as (typeof b.rawHeaders)[number];
      return name === otherName && sameBytes(value, otherValue);
    })
  );
}

const laterOf = (a: bigint, b: bigint): bigint => (a > b ? a : b);

function sameBytes(a: Buffer | null, b: Buffer | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}
