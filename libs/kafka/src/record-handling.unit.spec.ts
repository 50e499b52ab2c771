import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { DeadLetter } from './dead-letters.ts';
import type { IncomingRecord, RecordPosition } from './record.ts';
import { handleRecord, type RecordHandling } from './record-handling.ts';
import { TooEarly } from './too-early.ts';

const record: IncomingRecord = {
  ...{ topic: 'orders.v1', partition: 0, offset: '7', key: null, value: null, timestampMs: 0 },
  ...{ headers: {}, rawHeaders: [] },
};

const position: RecordPosition = { partition: 0, offset: '3' };

/** Poison at the first try, whose dead letter is written as `append` does. */
const poison = (append: () => Promise<RecordPosition>): RecordHandling => ({
  groupId: 'test',
  onRecord: () => Promise.reject(new Error('poison')),
  maxAttempts: 1,
  deadLetters: async () => ({ append }),
  logger: undefined,
});

it('a dead letter leaves nothing behind on the signal, which lives as long as the consumer', async () => {
  const consumer = new AbortController();
  const failures = [new Error('refused')];
  const append = () => (failures.length > 0 ? Promise.reject(failures.shift()) : Promise.resolve(position));
  expect(await handleRecord(record, poison(append), consumer.signal)).toBe(true);
  expect(getEventListeners(consumer.signal, 'abort')).toEqual([]);
});

it('a dead letter that waits for its cluster does not hold up the end of the consumer', async () => {
  const consumer = new AbortController();
  const sending = Promise.withResolvers<void>();
  const handled = handleRecord(
    record,
    poison(() => {
      sending.resolve();
      return new Promise(() => undefined);
    }),
    consumer.signal,
  );
  await sending.promise;
  consumer.abort();
  expect(await handled).toBe(false);
});

it('a dead letter is told until it was taken, and is written once all the same', async () => {
  const written: string[] = [];
  const told: DeadLetter[] = [];
  const handling = {
    ...poison(async () => {
      written.push(record.offset);
      return position;
    }),
    onDeadLetter: async (letter: DeadLetter) => {
      told.push(letter);
      if (told.length < 3) throw new Error('the database is away');
    },
  };
  expect(await handleRecord(record, handling, new AbortController().signal)).toBe(true);
  expect(written).toEqual(['7']);
  expect(told).toHaveLength(3);
  expect(told[2]).toMatchObject({ record, position, reason: 'Error: poison', attempts: 1, at: expect.any(Date) });
});

it('a dead letter that nobody takes does not hold up the end of the consumer, and the record counts as not handled', async () => {
  const consumer = new AbortController();
  const handling = {
    ...poison(async () => position),
    onDeadLetter: async () => {
      consumer.abort();
      throw new Error('the database is away');
    },
  };
  expect(await handleRecord(record, handling, consumer.signal)).toBe(false);
});

describe('a record that is too early', () => {
  const atFirst = (inMs: number, letters: string[]) => {
    const startedMs = performance.now();
    const handledMs: number[] = [];
    const append = async () => {
      letters.push('letter');
      return position;
    };
    const onRecord = async () => {
      const leftMs = startedMs + inMs - performance.now();
      if (leftMs > 0) throw new TooEarly('too early', leftMs);
      handledMs.push(performance.now() - startedMs);
    };
    return { handledMs, startedMs, handling: { ...poison(append), onRecord } };
  };

  it('is held until it is not, and handled then, however few tries a record has', async () => {
    const letters: string[] = [];
    const { handledMs, handling } = atFirst(300, letters);
    expect(await handleRecord(record, handling, new AbortController().signal)).toBe(true);
    expect(handledMs[0]).toBeGreaterThanOrEqual(300);
    expect(handledMs[0]).toBeLessThan(2_000);
    expect(letters).toEqual([]);
  });

  it('I12: for longer than a partition may be held is a dead letter at once', async () => {
    const letters: string[] = [];
    const { startedMs, handledMs, handling } = atFirst(4_500, letters);
    expect(await handleRecord(record, { ...handling, maxAttempts: 5 }, new AbortController().signal)).toBe(true);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect([letters.length, handledMs.length]).toEqual([1, 0]);
  });

  it('and never stops to be is a dead letter within the time that a partition may be held', async () => {
    const letters: string[] = [];
    const { startedMs, handling } = atFirst(0, letters);
    const onRecord = () => Promise.reject(new TooEarly('again', 1_500));
    await handleRecord(record, { ...handling, onRecord }, new AbortController().signal);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(letters).toHaveLength(1);
  });

  it('does not hold up the end of the consumer', async () => {
    const consumer = new AbortController();
    const { handling } = atFirst(3_500, []);
    const handled = handleRecord(record, handling, consumer.signal);
    consumer.abort();
    expect(await handled).toBe(false);
  });
});
