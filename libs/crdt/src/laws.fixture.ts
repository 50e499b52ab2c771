import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';

/** A law takes well under a second; this is for machines that do much else at the time. */
const LAW_TIMEOUT_MS = 60_000;

/** Holds in 10,000 runs. The arbitraries are small and cheap, so that these are quick and find ties and collisions. */
export function testLaw<Ts>(name: string, law: fc.IProperty<Ts>): void {
  test(name, () => fc.assert(law, { numRuns: 10_000 }), LAW_TIMEOUT_MS);
}

/** Throws with the difference. `toEqual` alone would take most of the time of 10,000 runs. */
export function expectEqual(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
}

/**
 * What a join must obey so that regions converge however changes are ordered, repeated and grouped on their way: the laws
 * of a join-semilattice, and that it leaves what it joins alone.
 */
export function testLawsOfJoin<S>(state: fc.Arbitrary<S>, join: (a: S, b: S) => S): void {
  const law = (name: string, holds: (a: S, b: S, c: S) => void) =>
    testLaw(name, fc.property(state, state, state, holds));

  law('is commutative', (a, b) => expectEqual(join(a, b), join(b, a)));
  law('is associative', (a, b, c) => expectEqual(join(join(a, b), c), join(a, join(b, c))));
  law('is idempotent', (a) => expectEqual(join(a, a), a));
  law('is inflationary: joining the result with what went in changes nothing, so nothing is taken back', (a, b) => {
    const joined = join(a, b);
    expectEqual(join(joined, a), joined);
    expectEqual(join(joined, b), joined);
  });
  law('leaves what it joins as it was', (a, b) => {
    const before = structuredClone([a, b]);
    join(a, b);
    expectEqual([a, b], before);
  });

  const sentAndReceived = fc
    .array(state, { minLength: 1, maxLength: 6 })
    .chain((sent) =>
      fc.tuple(fc.constant(sent), fc.shuffledSubarray([...sent, ...sent], { minLength: sent.length * 2 })),
    );
  testLaw(
    'gives the same state for any order and repetition of what is received',
    fc.property(sentAndReceived, ([sent, received]) => expectEqual(received.reduce(join), sent.reduce(join))),
  );
}
