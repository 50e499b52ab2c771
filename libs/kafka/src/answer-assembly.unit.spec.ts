import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { AnswerAssembly } from './answer-assembly.ts';
import { AnswerBuffers } from './answer-buffers.ts';

const LARGE_BYTES = 64 * 1024;

/** Puts what is sent where it is wanted, in steps of this many bytes, as a socket does. */
function receive(assembly: AnswerAssembly, wire: Buffer, steps: readonly number[]): void {
  for (let at = 0, n = 0; at < wire.length; n += 1) {
    const room = assembly.room();
    const taken = wire.copy(room, 0, at, at + (steps[n % steps.length] as number));
    assembly.arrived(taken);
    at += taken;
  }
}

const onTheWire = (answers: readonly Uint8Array[]) =>
  Buffer.concat(
    answers.flatMap((answer) => {
      const size = Buffer.alloc(4);
      size.writeInt32BE(answer.length);
      return [size, answer];
    }),
  );

it.each([
  ['a negative size', Buffer.from([0xff, 0, 0, 0])],
  ['less than an answer’s number takes', Buffer.from([0, 0, 0, 3])],
  ['what is said by a peer that is no broker', Buffer.from('HTTP/1.1 400 Bad Request')],
])('refuses %s', (_what, arrived) => {
  const assembly = new AnswerAssembly(new AnswerBuffers(0), () => undefined);
  expect(() => receive(assembly, arrived, [100])).toThrow(RangeError);
});

it('answers come out whole, however they arrive', () => {
  const answers = fc.array(fc.uint8Array({ minLength: 4, maxLength: 50 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(answers, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sent, steps) => {
      const found: Buffer[] = [];
      const assembly = new AnswerAssembly(new AnswerBuffers(0), (answer) => found.push(answer));
      receive(assembly, onTheWire(sent), steps);
      expect(found.map((answer) => [...answer])).toEqual(sent.map((answer) => [...answer]));
    }),
  );
});

it('an answer stays as it is until it is given back, whatever others are received meanwhile', () => {
  const sizes = fc.array(fc.integer({ min: LARGE_BYTES - 2, max: 3 * LARGE_BYTES }), { minLength: 2, maxLength: 12 });
  const keptFor = fc.array(fc.nat(4), { minLength: 1 });
  const steps = fc.array(fc.integer({ min: 1, max: 2 * LARGE_BYTES }), { minLength: 1 });
  fc.assert(
    fc.property(sizes, keptFor, steps, (lengths, keeping, arriving) => {
      const buffers = new AnswerBuffers(1024 * 1024);
      const kept: { answer: Buffer; number: number; until: number }[] = [];
      let number = 0;
      const assembly = new AnswerAssembly(buffers, (answer) => {
        kept.push({ answer, number, until: number + (keeping[number % keeping.length] as number) });
        number += 1;
        for (const one of kept) {
          const whole = Buffer.alloc(lengths[one.number] as number, one.number + 1);
          if (one.until >= number) expect(one.answer.equals(whole), `answer ${one.number}`).toBe(true);
          else buffers.giveBack(one.answer);
        }
        kept.splice(0, kept.length, ...kept.filter(({ until }) => until >= number));
      });
      receive(assembly, onTheWire(lengths.map((length, i) => Buffer.alloc(length, i + 1))), arriving);
      expect(number).toBe(lengths.length);
    }),
  );
});

it('of an answer is known when it began to come and how quickly it came, but for what came with its size; of one that came in one piece nothing', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const assembly = new AnswerAssembly(new AnswerBuffers(0), () => undefined);
    const wire = onTheWire([Buffer.alloc(LARGE_BYTES)]);
    const beganAtMs = performance.now();
    receive(assembly, wire.subarray(0, 1_004), [1_004]);
    vi.advanceTimersByTime(7);
    receive(assembly, wire.subarray(1_004), [LARGE_BYTES]);
    expect(assembly.lastArrival).toEqual({ beganAtMs, bytes: LARGE_BYTES - 1_000, ms: 7 });
    receive(assembly, onTheWire([Buffer.alloc(100)]), [200]);
    expect(assembly.lastArrival).toEqual({ beganAtMs: beganAtMs + 7, bytes: 0, ms: 0 });
  } finally {
    vi.useRealTimers();
  }
});
