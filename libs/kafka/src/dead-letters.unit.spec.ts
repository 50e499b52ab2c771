import { expect, it } from 'vitest';
import { DEAD_LETTER_HEADERS, fromDeadLetter, reasonOf, toDeadLetter } from './dead-letters.ts';
import type { IncomingRecord, RawHeader } from './record.ts';

const rawHeaders: RawHeader[] = [
  ['a', Buffer.from('1')],
  ['a', null],
];
const record: IncomingRecord = {
  ...{ topic: 'us-east.orders.v1', partition: 2, offset: '41', key: Buffer.from('k'), value: null },
  ...{ headers: {}, rawHeaders, timestampMs: 0 },
};

it('a dead letter is the record with its own headers first, and then what happened to it', () => {
  const letter = toDeadLetter(record, {
    ...{ failure: new RangeError('too far'), groupId: 'order', attempts: 5, at: new Date('2026-11-01T00:00:00Z') },
  });
  expect(letter).toMatchObject({ key: record.key, value: null });
  const headers = letter.headers as RawHeader[];
  expect(headers.slice(0, 2)).toEqual(rawHeaders);
  expect(Object.fromEntries(headers.slice(2).map(([name, value]) => [name, String(value)]))).toEqual({
    [DEAD_LETTER_HEADERS.reason]: 'RangeError: too far',
    [DEAD_LETTER_HEADERS.group]: 'order',
    [DEAD_LETTER_HEADERS.topic]: 'us-east.orders.v1',
    [DEAD_LETTER_HEADERS.partition]: '2',
    [DEAD_LETTER_HEADERS.offset]: '41',
    [DEAD_LETTER_HEADERS.attempts]: '5',
    [DEAD_LETTER_HEADERS.time]: '2026-11-01T00:00:00.000Z',
  });
});

it('of a dead letter the record can be made again, as it was and with where it lay', () => {
  const cause = { failure: new Error('no'), groupId: 'order', attempts: 5, at: new Date() };
  const { key, value, headers } = toDeadLetter(record, cause) as { [K in 'key' | 'value']: Buffer | null } & {
    headers: RawHeader[];
  };
  const written = { ...{ topic: 'us-east.orders.v1.dlq', partition: 0, offset: '3', timestampMs: 7 }, key, value };
  const letter: IncomingRecord = {
    ...written,
    rawHeaders: headers,
    headers: Object.fromEntries(headers.filter((pair): pair is [string, Buffer] => pair[1] !== null)),
  };
  expect(fromDeadLetter(letter)).toEqual({ ...record, headers: { a: Buffer.from('1') }, timestampMs: 7 });
  expect(fromDeadLetter(record)).toBeUndefined();
});

it('a reason is short, whatever was thrown', () => {
  expect(reasonOf(new Error('x'.repeat(9_000))).length).toBe(500);
  expect(reasonOf('just text')).toBe('just text');
  expect(reasonOf(Object.create(null))).toBe('something that is no Error (object)');
  expect(reasonOf(undefined)).toBe('something that is no Error (undefined)');
});
