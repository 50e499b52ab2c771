import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AskedClaim, type Claim, claimAddress, releaseClaim, settleClaim } from './email-claim.ts';

const at = (n: number, region = 'eu-west') => `00000000000000${n}-0000-${region}`;
const strong = (userId: string, n: number): AskedClaim => ({ userId, hlc: at(n), provisional: false });
const provisional = (userId: string, n: number, region?: string): AskedClaim => ({
  userId,
  hlc: at(n, region),
  provisional: true,
});
const after = (...asked: AskedClaim[]) => asked.reduce<Claim | undefined>(claimAddress, undefined);

describe('an address', () => {
  it('goes to who asks first, and stays theirs although somebody with an earlier reading asks later', () => {
    expect(after(strong('ada', 5), strong('bo', 1))).toEqual({ userId: 'ada', hlc: at(5), state: 'settled' });
    expect(after(strong('ada', 5), provisional('bo', 1))?.userId).toBe('ada');
  });
  it('that is held provisionally is not given to one who could be told to choose another', () =>
    expect(after(provisional('ada', 5), strong('bo', 1))).toEqual({ userId: 'ada', hlc: at(5), state: 'held' }));
  it('of two provisional claims goes to the earlier, whichever arrives first', () => {
    const [ada, bo] = [provisional('ada', 1), provisional('bo', 2)];
    expect(after(ada, bo)).toEqual(after(bo, ada));
    expect(after(ada, bo)?.userId).toBe('ada');
  });
  it('of two provisional claims of one instant goes to the region whose name comes first', () => {
    const [ada, bo] = [provisional('ada', 1, 'us-east'), provisional('bo', 1, 'eu-west')];
    expect([after(ada, bo)?.userId, after(bo, ada)?.userId]).toEqual(['bo', 'bo']);
  });
  it('that was settled is not taken by an earlier provisional claim any more', () => {
    const settled = settleClaim(after(provisional('ada', 5)), provisional('ada', 5)) as Claim;
    expect(claimAddress(settled, provisional('bo', 1))).toEqual(settled);
  });
  it('is settled for its holder only', () => {
    const held = after(provisional('ada', 5));
    expect(settleClaim(held, provisional('bo', 1))).toEqual(held);
  });
  it('asked for again by its holder stays settled, under the later reading', () =>
    expect(after(strong('ada', 1), provisional('ada', 5))).toEqual({ userId: 'ada', hlc: at(5), state: 'settled' }));
});

describe('a release', () => {
  it('frees the address for others', () => {
    const released = releaseClaim(after(strong('ada', 1)), { userId: 'ada', hlc: at(3) });
    expect(claimAddress(released, strong('bo', 2))).toMatchObject({ userId: 'bo', state: 'settled' });
  });
  it('that overtakes its claim makes the claim do nothing', () => {
    const released = releaseClaim(undefined, { userId: 'ada', hlc: at(3) });
    expect(claimAddress(released, strong('ada', 3))).toEqual(released);
  });
  it('leaves a later claim of the same user alone', () => {
    const known = after(strong('ada', 5));
    expect(releaseClaim(known, { userId: 'ada', hlc: at(3) })).toEqual(known);
  });
  it('leaves the claim of another user alone', () => {
    const known = after(strong('ada', 1));
    expect(releaseClaim(known, { userId: 'bo', hlc: at(3) })).toEqual(known);
  });
});

it('however often and in whatever order provisional claims arrive, the earliest holds', () => {
  const claims = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom('eu-west', 'us-east')), {
    selector: String,
    minLength: 1,
  });
  fc.assert(
    fc.property(
      claims.chain((of) => {
        const asked = of.map(([n, region]) => provisional(`${n} ${region}`, n, region));
        return fc.tuple(
          fc.constant(asked),
          fc.shuffledSubarray([...asked, ...asked], { minLength: 0, maxLength: 2 * asked.length }),
        );
      }),
      ([asked, more]) => {
        const arrived = [...more, ...asked];
        const earliest = asked.toSorted((a, b) => (a.hlc < b.hlc ? -1 : 1))[0];
        expect(after(...arrived)).toMatchObject({ userId: earliest?.userId, hlc: earliest?.hlc });
      },
    ),
    { numRuns: 2_000 },
  );
});

it('an address that is settled stays with its user until they release it, whatever is asked by others', () => {
  const user = fc.constantFrom('bo', 'cy', 'di');
  const step = fc.record({
    kind: fc.constantFrom('strong', 'provisional', 'settle', 'release'),
    userId: user,
    n: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let known: Claim | undefined = after(strong('ada', 5));
      for (const { kind, userId, n } of steps) {
        const of = { userId, hlc: at(n) };
        if (kind === 'settle') known = settleClaim(known, of);
        else if (kind === 'release') known = releaseClaim(known, of);
        else known = claimAddress(known, { ...of, provisional: kind === 'provisional' });
      }
      expect(known).toEqual({ userId: 'ada', hlc: at(5), state: 'settled' });
    }),
    { numRuns: 2_000 },
  );
});
