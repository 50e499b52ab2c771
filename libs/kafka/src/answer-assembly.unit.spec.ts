import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AnswerAssembly } from './answer-assembly.ts';

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
