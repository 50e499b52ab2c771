import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { copyOf, type Entry, endOf, logOf, longestRepeat, type Step } from './copies.fixture.ts';
import { translatePosition } from './translate-position.ts';

const RECORDS = 30;
const inTime = (record: number) => 1_000 + record;
const whole = (entries: readonly Entry[]) => logOf(entries, inTime, { start: 0n, end: endOf(entries) });
const original = copyOf(RECORDS, [], []);
/** Dies after 10 records and begins again with the sixth. */
const repeating = copyOf(RECORDS, [{ copy: 10 }, { repeat: 5 }], []);

describe('a position', () => {
  it('of an original is, in its copy, where its first unread record lies', async () =>
    expect(await translatePosition(12n, whole(original), whole(repeating))).toMatchObject({
      ...{ offset: 17n, foundBy: 'first-unread', readAgain: 0n },
    }));

  it('of a copy is, in its original, where its first unread record lies: the way back', async () =>
    expect(await translatePosition(17n, whole(repeating), whole(original))).toMatchObject({ offset: 12n }));

  it('of a copy is, in another copy, where its first unread record lies', async () =>
    expect(await translatePosition(17n, whole(repeating), whole(copyOf(RECORDS, [], [1])))).toMatchObject({
      offset: 24n,
    }));

  it('within a repetition is before what the repetition repeats, of which some was read', async () =>
    expect(await translatePosition(11n, whole(repeating), whole(original))).toMatchObject({ offset: 6n }));

  it('behind everything that has been copied is the end of the copy, and says what will be read again', async () => {
    const lagging = logOf(original, inTime, { start: 0n, end: 8n });
    expect(await translatePosition(12n, whole(original), lagging)).toEqual({
      ...{ offset: 8n, foundBy: 'newest-copied', readAgain: 4n },
    });
  });

  it('at the end of a copy is behind the last record that was read, where the other copy has more', async () => {
    const lagging = logOf(original, inTime, { start: 0n, end: 8n });
    expect(await translatePosition(8n, lagging, whole(repeating))).toEqual({
      ...{ offset: 8n, foundBy: 'last-read', readAgain: 0n },
    });
  });

  it('is not behind a record that came again, where others that were not read came for the first time before it', async () => {
    const copied = [...repeating.slice(0, 13), { offset: 13n, record: 10 }];
    const ahead = logOf(copied, inTime, { start: 0n, end: 13n });
    const behind = logOf(original, inTime, { start: 0n, end: 8n });
    expect(await translatePosition(8n, behind, ahead)).toMatchObject({ offset: 8n, foundBy: 'newest-copied' });
  });

  it('of a log that was made anew since, and is shorter, is the beginning', async () =>
    expect(await translatePosition(31n, whole(original), whole(original))).toMatchObject({
      ...{ offset: 0n, foundBy: 'beginning', readAgain: undefined },
    }));

  it('before what its own log still has is the beginning: between them may lie what was not read, and the other log has it', async () => {
    const cut = logOf(original, inTime, { start: 20n, end: 30n });
    expect(await translatePosition(5n, cut, whole(original))).toMatchObject({ offset: 0n, foundBy: 'beginning' });
    expect(await translatePosition(20n, cut, whole(original))).toMatchObject({ offset: 20n, foundBy: 'first-unread' });
  });

  it('before everything that the other log still has is the beginning of what it has', async () => {
    const cut = logOf(original, inTime, { start: 20n, end: 30n });
    expect(await translatePosition(5n, whole(original), cut)).toMatchObject({ offset: 20n, foundBy: 'beginning' });
  });

  it('in an empty log is the beginning', async () => {
    const empty = logOf([], inTime, { start: 4n, end: 4n });
    expect(await translatePosition(4n, empty, whole(original))).toMatchObject({ offset: 0n, foundBy: 'beginning' });
    expect(await translatePosition(3n, whole(original), empty)).toMatchObject({ offset: 4n, foundBy: 'beginning' });
  });
});

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ copy: fc.integer({ min: 0, max: 12 }) }),
  fc.record({ repeat: fc.integer({ min: 0, max: 8 }) }),
  fc.constant('take over' as const),
);
const steps = fc.array(step, { maxLength: 8 });
const copies = fc
  .tuple(steps, fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 4 }))
  .map(([how, gaps]) => copyOf(RECORDS, how, gaps));
/** Not of `double`, whose values are nearly all next to 0. */
const share = fc.integer({ min: 0, max: 60 }).map((sixtieths) => sixtieths / 60);
const part = (of: bigint, by: number) => BigInt(Math.round(Number(of) * by));
const histories = fc.record({
  ...{ a: copies, b: copies },
  /** Clocks that disagree by some records. */
  late: fc.array(fc.integer({ min: -5, max: 5 }), { minLength: RECORDS, maxLength: RECORDS }),
  /** How much of either is there, how much of either is there no more, and where in the first one the group is. */
  ...{ thereOfA: share, thereOfB: share, droppedOfA: share, droppedOfB: share, at: share },
  atATime: fc.integer({ min: 1, max: 5 }),
});

/** Where a log begins that has dropped that much, but not what the other one has not got yet: a limit, see the page. */
function startOf(b: readonly Entry[], dropped: bigint, a: readonly Entry[]): bigint {
  const first = b.find(({ offset }) => offset >= dropped);
  return first && a.some(({ record }) => record === first.record) ? dropped : 0n;
}

test('whatever the copies have been through, nothing is skipped, and what is read again was repeated or not copied yet', () =>
  fc.assert(
    fc.asyncProperty(histories, async ({ a, b, late, thereOfA, thereOfB, droppedOfA, droppedOfB, at, atATime }) => {
      const timeOf = (record: number) => 1_000 + record * 2 + (late[record] ?? 0);
      const [endA, endB] = [part(endOf(a), thereOfA), part(endOf(b), thereOfB)];
      const position = part(endA, at);
      const startA = part(endA, droppedOfA / 2);
      const startB = startOf(
        b,
        part(endB, droppedOfB / 2),
        a.filter((entry) => entry.offset >= startA && entry.offset < endA),
      );
      const from = logOf(a, timeOf, { start: startA, end: endA }, atATime);
      const { offset, foundBy } = await translatePosition(
        position,
        from,
        logOf(b, timeOf, { start: startB, end: endB }, atATime),
      );
      const recordsOf = (entries: readonly Entry[]) => new Set(entries.map(({ record }) => record));
      const read = recordsOf(a.filter((entry) => entry.offset < position));
      // What is there, and what will be.
      const behind = recordsOf(b.filter((entry) => entry.offset >= offset));
      const notDropped = recordsOf(b.filter((entry) => entry.offset >= startB));
      expect([...notDropped].filter((record) => !read.has(record) && !behind.has(record))).toEqual([]);

      if (foundBy === 'beginning') return;
      const copied = recordsOf(b.filter((entry) => entry.offset < endB));
      const again = [...read].filter((record) => behind.has(record) && copied.has(record));
      // Twice of the second: its newest record can be one that came again, and so can what is behind the first copy of that one.
      expect(again.length).toBeLessThanOrEqual(longestRepeat(a) + 2 * longestRepeat(b));
    }),
    { numRuns: 5_000 },
  ));

test('without repetitions and with nothing dropped, not one record is read again', () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: RECORDS }),
      fc.array(fc.integer({ min: 0, max: 3 })),
      async (at, gaps) => {
        const copy = copyOf(RECORDS, [], gaps);
        const { offset } = await translatePosition(BigInt(at), whole(original), whole(copy));
        const behind = copy.filter((entry) => entry.offset >= offset).map(({ record }) => record);
        expect(behind).toEqual(Array.from({ length: RECORDS - at }, (_, i) => at + i));
      },
    ),
  ));
