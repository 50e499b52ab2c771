import type { LogRecord, ReadableLog } from './readable-log.ts';

/** What lies where in a log: the number of a record at its origin, in the order of the offsets. */
export interface Entry {
  offset: bigint;
  record: number;
}

/**
 * A step of a replicator: it copies so many records on, or begins again so many records before where it was, or, as another
 * engine that had kept a position of its own, goes on with the first record that has not been copied.
 */
export type Step = { copy: number } | { repeat: number } | 'take over';

/** A copy as a replicator makes it that dies now and then: nothing is left out, some things come again. */
export function copyOf(records: number, steps: readonly Step[], gapAfter: readonly number[]): Entry[] {
  const entries: Entry[] = [];
  let [next, newest] = [0, 0];
  let offset = 0n;
  for (const step of [...steps, { copy: records }]) {
    if (step === 'take over') next = newest;
    else if ('repeat' in step) next = Math.max(0, next - step.repeat);
    else
      for (const last = Math.min(records, next + step.copy); next < last; newest = Math.max(newest, next)) {
        entries.push({ offset, record: next });
        offset += 1n + BigInt(gapAfter[entries.length % Math.max(1, gapAfter.length)] ?? 0);
        next += 1;
      }
  }
  return entries;
}

/** By how much the longest repetition of a copy goes back behind the newest record. */
export function longestRepeat(entries: readonly Entry[]): number {
  let [newest, longest] = [-1, 0];
  for (const { record } of entries) {
    longest = Math.max(longest, newest + 1 - record);
    newest = Math.max(newest, record);
  }
  return longest;
}

/** A log of such entries, read a few at a time. `timeOf` is when a record was sent. */
export function logOf(
  entries: readonly Entry[],
  timeOf: (record: number) => number,
  bounds: { start: bigint; end: bigint },
  atATime = 3,
): ReadableLog {
  const visible = entries.filter(({ offset }) => offset >= bounds.start && offset < bounds.end);
  const asRecord = ({ offset, record }: Entry): LogRecord => ({
    ...{ offset, timestampMs: timeOf(record) },
    ...{ key: Buffer.from('k'), value: Buffer.from(String(record)), rawHeaders: [] },
  });
  return {
    ...bounds,
    firstSince: async (timestampMs) => visible.find(({ record }) => timeOf(record) >= timestampMs)?.offset,
    read: async (from) => {
      const part = visible.filter(({ offset }) => offset >= from).slice(0, atATime);
      return { records: part.map(asRecord), next: part.length > 0 ? (part.at(-1) as Entry).offset + 1n : from };
    },
  };
}

export const endOf = (entries: readonly Entry[]): bigint => (entries.at(-1)?.offset ?? -1n) + 1n;
