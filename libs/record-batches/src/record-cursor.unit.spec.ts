import fc from 'fast-check';
import { expect, it } from 'vitest';
import { varint } from './batch.fixture.ts';
import { MalformedRecord, RecordCursor, sizeOfVarint } from './record-cursor.ts';

it('a number is read as it was written, in as many bytes as were said', () => {
  const exact = 2 ** 52;
  fc.assert(
    fc.property(fc.integer({ min: -exact, max: exact - 1 }), (value) => {
      const cursor = new RecordCursor(varint(value));
      expect(cursor.varint()).toBe(value);
      expect(cursor.at).toBe(sizeOfVarint(value));
    }),
  );
});

it.each([
  ['that would not be exact', [...Array(7).fill(0xff), 0x7f]],
  ['that ends outside', [0x80]],
  ['that does not end', Array(11).fill(0x80)],
])('refuses a number %s', (_what, bytes) => {
  expect(() => new RecordCursor(Uint8Array.from(bytes)).varint()).toThrow(MalformedRecord);
});

it('tells absent bytes from empty ones', () => {
  const cursor = new RecordCursor(Uint8Array.from([0x01, 0x00]));
  expect([cursor.field(), cursor.field()]).toEqual([null, new Uint8Array()]);
});
