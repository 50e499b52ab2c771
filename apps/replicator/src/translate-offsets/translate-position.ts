import type { FoundBy } from '@meridian/contracts';
import { findCopy, type LogRecord, type ReadableLog, recordAt, recordBefore } from './readable-log.ts';

export interface TranslatedPosition {
  offset: bigint;
  foundBy: FoundBy;
  /** Offsets of records that were read and are not in the other log yet; undefined when that is not known. */
  readAgain: bigint | undefined;
}

/**
 * The position in one log that stands for a position in another, where both hold the records of one origin: as the origin's own
 * log, or as a copy made at least once and in order, in which records can come again but none for the first time before those that
 * were before it. So whatever lies behind the first copy of a record holds all that follow it, and
 *
 * - where the first unread record lies is a position that skips nothing,
 * - and so is the one behind any record that was read.
 *
 * The first is as far as one can go. The second is taken where that record is not there: because it has not been copied yet (then
 * all that is there was read), or because there is none.
 *
 * Offsets are not kept in pairs, as MirrorMaker 2 does: records are compared, so it holds for every engine, also after a change of
 * engines, in each direction and between two copies (docs/explanation/offset-translation.md).
 */
export async function translatePosition(
  position: bigint,
  from: ReadableLog,
  to: ReadableLog,
): Promise<TranslatedPosition> {
  // Behind the end: a log made anew, and what was read was another one's. Before the beginning: what lay there was not read, and is
  // there no more, but perhaps in the other log; the first record that is left would skip it.
  if (position < from.start || position > from.end) return beginningOf(to);
  const firstCopyOf = await findingFirstCopies(from, to);
  const unread = await recordAt(from, position);
  const itsCopy = unread && (await firstCopyOf(unread));
  if (itsCopy !== undefined) return { offset: itsCopy, foundBy: 'first-unread', readAgain: 0n };

  const newest = await recordBefore(to, to.end);
  const itsOriginal = newest && (await findCopy(from, newest));
  if (newest && itsOriginal !== undefined && itsOriginal < position) {
    // Not behind `newest` itself: it can be there for the second time, before others that will not be.
    const first = await firstCopyOf(newest);
    if (first !== undefined)
      return { offset: first + 1n, foundBy: 'newest-copied', readAgain: position - itsOriginal - 1n };
  }

  const lastRead = await recordBefore(from, position);
  const there = lastRead && (await firstCopyOf(lastRead));
  if (there !== undefined) return { offset: there + 1n, foundBy: 'last-read', readAgain: 0n };
  return beginningOf(to);
}

/**
 * A log that has dropped its beginning can have dropped the first copy of a record and hold a later one, before which not all is that
 * was before the record. So only what is not older than its oldest record counts as found, as far as the first log can tell.
 */
async function findingFirstCopies(from: ReadableLog, to: ReadableLog) {
  const oldest = to.start > 0n ? await recordAt(to, to.start) : undefined;
  const oldestAt = oldest && (await findCopy(from, oldest));
  return async (record: LogRecord): Promise<bigint | undefined> => {
    if (oldestAt !== undefined && ((await findCopy(from, record)) ?? oldestAt) < oldestAt) return undefined;
    return findCopy(to, record);
  };
}

function beginningOf({ start }: ReadableLog): TranslatedPosition {
  return { offset: start, foundBy: 'beginning', readAgain: undefined };
}
