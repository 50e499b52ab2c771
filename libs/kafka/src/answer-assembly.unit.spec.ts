import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AnswerAssembly } from './answer-assembly.ts';

it.each([
  ['a negative size', Buffer.from([0xff, 0, 0, 0])],
  ['less than an answer’s number takes', Buffer.from([0, 0, 0, 3])],
  ['what is said by a peer that is no broker', Buffer.from('HTTP/1.1 400 Bad Request')],
])('refuses %s', (_what, arrived) => {
  expect(() => new AnswerAssembly(() => undefined).accept(arrived)).toThrow(RangeError);
});

it('answers come out whole, however they arrive, also when what arrived is overwritten', () => {
  const answers = fc.array(fc.uint8Array({ minLength: 4, maxLength: 50 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(answers, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sent, steps) => {
      const wire = Buffer.concat(
        sent.flatMap((answer) => {
          const size = Buffer.alloc(4);
          size.writeInt32BE(answer.length);
          return [size, answer];
        }),
      );
      const found: Buffer[] = [];
      const assembly = new AnswerAssembly((answer) => found.push(answer));
      const reused = Buffer.alloc(30);
      for (let at = 0, n = 0; at < wire.length; n += 1) {
        const taken = wire.copy(reused, 0, at, at + (steps[n % steps.length] as number));
        assembly.accept(reused.subarray(0, taken));
        reused.fill(0xff);
        at += taken;
      }
      expect(found.map((answer) => [...answer])).toEqual(sent.map((answer) => [...answer]));
    }),
  );
});
