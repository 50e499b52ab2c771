import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shiftedChecksum } from './shifted-checksum.ts';

const changed = (before: Uint8Array, after: Uint8Array, rest: Uint8Array) =>
  (crc32c(Buffer.concat([before, rest])) ^ shiftedChecksum(crc32c(before) ^ crc32c(after), rest.length)) >>> 0;

it('is by what the checksum of the whole differs, whatever has changed at the beginning and however much follows', () => {
  const heads = fc.nat(60).chain((length) => {
    const head = fc.uint8Array({ minLength: length, maxLength: length });
    return fc.tuple(head, head);
  });
  fc.assert(
    fc.property(heads, fc.uint8Array({ maxLength: 5_000 }), ([before, after], rest) => {
      expect(changed(before, after, rest)).toBe(crc32c(Buffer.concat([after, rest])));
    }),
    { numRuns: 1_000 },
  );
});

it.each([0, 1, 1_048_576, 3_000_001, 70_000_000])('also where %i bytes follow', (length) => {
  const [before, after, rest] = [Buffer.from('before'), Buffer.from('after!'), Buffer.alloc(length, 7)];
  expect(changed(before, after, rest)).toBe(crc32c(Buffer.concat([after, rest])));
});

it('also where more follow than there are powers: by 2^28 bytes twice is by 2^29', () => {
  const difference = 0x1234abcd;
  expect(shiftedChecksum(shiftedChecksum(difference, 2 ** 28), 2 ** 28)).toBe(shiftedChecksum(difference, 2 ** 29));
});
