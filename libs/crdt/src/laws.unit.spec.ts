import { formatHlc } from '@meridian/hlc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fact, joinFact, joinFacts, joinRegister, joinRegisters, type Register } from './index.ts';

/**
 * What a join must obey so that regions converge however changes are ordered, repeated and grouped on their way. Readings
 * are drawn from a small range, so that ties between regions are common; a value is made of its reading, since equal
 * readings mean the same write.
 */
const hlc = fc
  .record({
    wallMs: fc.integer({ min: 1, max: 3 }),
    counter: fc.nat(1),
    region: fc.constantFrom('us-east', 'eu-west', 'ap-southeast'),
  })
  .map(formatHlc);
const register: fc.Arbitrary<Register<string>> = hlc.map((at) => ({ value: `written at ${at}`, hlc: at }));
const fact: fc.Arbitrary<Fact & { by: string }> = hlc.map((at) => ({ hlc: at, by: `told at ${at}` }));

/** `__proto__` and `constructor` are region ids and field names that a stranger might send. */
const key = fc.constantFrom('name', 'price', 'tags', '__proto__', 'constructor');
const mapOf = <V>(value: fc.Arbitrary<V>) =>
  fc.array(fc.tuple(key, value), { maxLength: 5 }).map((entries): Record<string, V> => Object.fromEntries(entries));

const lattices = [
  lattice('a register', fc.option(register, { nil: undefined }), joinRegister),
  lattice('a map of registers', mapOf(register), joinRegisters),
  lattice('a fact', fc.option(fact, { nil: undefined }), joinFact),
  lattice('a map of facts', mapOf(fact), joinFacts),
];

function lattice<S>(name: string, state: fc.Arbitrary<S>, join: (a: S, b: S) => S) {
  const law = (holds: (a: S, b: S, c: S) => void) =>
    fc.assert(fc.property(state, state, state, holds), { numRuns: 300 });
  return {
    name,
    commutative: () => law((a, b) => void expect(join(a, b)).toEqual(join(b, a))),
    associative: () => law((a, b, c) => void expect(join(join(a, b), c)).toEqual(join(a, join(b, c)))),
    idempotent: () => law((a) => void expect(join(a, a)).toEqual(a)),
    /** a ≤ a ∨ b: joining the result with what went in changes nothing, so no join ever takes anything back. */
    inflationary: () =>
      law((a, b) => {
        const joined = join(a, b);
        expect(join(joined, a)).toEqual(joined);
        expect(join(joined, b)).toEqual(joined);
      }),
    pure: () =>
      law((a, b) => {
        const before = structuredClone([a, b]);
        join(a, b);
        expect([a, b]).toEqual(before);
      }),
    anyOrderAndRepetition: () =>
      fc.assert(
        fc.property(
          fc.array(state, { minLength: 1, maxLength: 6 }).chain((sent) =>
            fc.record({
              sent: fc.constant(sent),
              received: fc.shuffledSubarray([...sent, ...sent], { minLength: sent.length * 2 }),
            }),
          ),
          ({ sent, received }) => void expect(received.reduce(join)).toEqual(sent.reduce(join)),
        ),
      ),
  };
}

describe.each(lattices)('the join of $name', (laws) => {
  test('is commutative', laws.commutative);
  test('is associative', laws.associative);
  test('is idempotent', laws.idempotent);
  test('is inflationary', laws.inflationary);
  test('leaves what it joins as it was', laws.pure);
  test('gives the same state for any order and repetition of what is received', laws.anyOrderAndRepetition);
});

describe('deltas', () => {
  test('joining the changed registers alone gives what joining the whole state gives', () => {
    fc.assert(
      fc.property(mapOf(register), mapOf(register), mapOf(register), (here, there, change) => {
        const thereAfter = joinRegisters(there, change);
        expect(joinRegisters(joinRegisters(here, there), change)).toEqual(joinRegisters(here, thereAfter));
      }),
    );
  });

  test('joining the new facts alone gives what joining the whole state gives', () => {
    fc.assert(
      fc.property(mapOf(fact), mapOf(fact), mapOf(fact), (here, there, news) => {
        const thereAfter = joinFacts(there, news);
        expect(joinFacts(joinFacts(here, there), news)).toEqual(joinFacts(here, thereAfter));
      }),
    );
  });
});
