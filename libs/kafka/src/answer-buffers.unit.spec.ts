import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AnswerBuffers } from './answer-buffers.ts';

const MIB = 1024 * 1024;

it('a buffer that was given back is used again', () => {
  const buffers = new AnswerBuffers(4 * MIB);
  const first = buffers.take(MIB);
  buffers.giveBack(first.subarray(4));
  expect(buffers.take(MIB - 1_000).buffer).toBe(first.buffer);
});

it('a buffer that was given back twice is used by one', () => {
  const buffers = new AnswerBuffers(4 * MIB);
  const first = buffers.take(MIB);
  buffers.giveBack(first);
  buffers.giveBack(first);
  expect(buffers.take(MIB).buffer).not.toBe(buffers.take(MIB).buffer);
});

it('no more is kept than was said, and of that what came last', () => {
  const buffers = new AnswerBuffers(2 * MIB);
  const [a, b, c] = [MIB, MIB, MIB].map((bytes) => buffers.take(bytes)) as [Buffer, Buffer, Buffer];
  for (const one of [a, b, c]) buffers.giveBack(one);
  const again = [MIB, MIB, MIB].map((bytes) => buffers.take(bytes).buffer);
  expect(again).toContain(b.buffer);
  expect(again).toContain(c.buffer);
  expect(again).not.toContain(a.buffer);
});

it('one that is larger than all that is kept leaves the others where they are', () => {
  const buffers = new AnswerBuffers(2 * MIB);
  const [usual, huge] = [buffers.take(MIB), buffers.take(3 * MIB)];
  buffers.giveBack(usual);
  buffers.giveBack(huge);
  expect(buffers.take(3 * MIB).buffer).not.toBe(huge.buffer);
  expect(buffers.take(MIB).buffer).toBe(usual.buffer);
});

it('a small answer does not hold a large buffer', () => {
  const buffers = new AnswerBuffers(8 * MIB);
  buffers.giveBack(buffers.take(4 * MIB));
  expect(buffers.take(100_000).buffer.byteLength).toBeLessThan(MIB);
});

it('nobody is given bytes that another one has not given back', () => {
  const step = fc.record({ bytes: fc.integer({ min: 1, max: 3 * MIB }), giveBack: fc.option(fc.nat(5)) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const buffers = new AnswerBuffers(4 * MIB);
      const held: Buffer[] = [];
      for (const { bytes, giveBack } of steps) {
        const [given] = giveBack === null ? [] : held.splice(giveBack, 1);
        if (given) buffers.giveBack(given);
        const taken = buffers.take(bytes);
        expect(taken.length).toBe(bytes);
        if (bytes >= 64 * 1024) for (const other of held) expect(other.buffer).not.toBe(taken.buffer);
        held.push(taken);
      }
    }),
  );
});
