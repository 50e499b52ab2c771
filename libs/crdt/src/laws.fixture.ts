import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';

/** Runs of each law. The arbitraries are small and cheap, so that these take seconds and find ties and collisions. */
export const LAW_RUNS = 10_000;

/** Throws with the difference. `toEqual` alone would take most of the time of 10,000 runs. */
export function expectEqual(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
}

/**
 * What a join must obey so that regions converge however changes are ordered, repeated and grouped on their way: the laws
 * of a join-semilattice, and that it leaves what it joins alone.
 */
export function testLawsOfJoin<S>(state: fc.Arbitrary<S>, join: (a: S, b: S) => S): void {
  const law = (holds: (a: S, b: S, c: S) => void) =>
    fc.assert(fc.property(state, state, state, holds), { numRuns: LAW_RUNS });

  test('is commutative', () => law((a, b) => expectEqual(join(a, b), join(b, a))));
  test('is associative', () => law((a, b, c) => expectEqual(join(join(a, b), c), join(a, join(b, c)))));
  test('is idempotent', () => law((a) => expectEqual(join(a, a), a)));
  test('is inflationary: joining the result with what went in changes nothing, so no join takes anything back', () =>
    law((a, b) => {
      const joined = join(a, b);
      expectEqual(join(joined, a), joined);
      expectEqual(join(joined, b), joined);
    }));
  test('leaves what it joins as it was', () =>
    law((a, b) => {
      const before = structuredClone([a, b]);
      join(a, b);
      expectEqual([a, b], before);
    }));
  test('gives the same state for any order and repetition of what is received', () => {
    const sentAndReceived = fc
      .array(state, { minLength: 1, maxLength: 6 })
      .chain((sent) =>
        fc.tuple(fc.constant(sent), fc.shuffledSubarray([...sent, ...sent], { minLength: sent.length * 2 })),
      );
    fc.assert(
      fc.property(sentAndReceived, ([sent, received]) => expectEqual(received.reduce(join), sent.reduce(join))),
      { numRuns: LAW_RUNS },
    );
  });
}
