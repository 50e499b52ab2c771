import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnchanged, join, latestHlc, type UserState, userOf } from './user.ts';

/** A clock reading names one write, so the value follows from it. */
const register = fc
  .record({ wallMs: fc.integer({ min: 1, max: 9 }), region: fc.constantFrom('ap-southeast', 'eu-west', 'us-east') })
  .map(({ wallMs, region }) => `${String(wallMs).padStart(15, '0')}-0000-${region}`)
  .map((hlc) => ({ value: `written at ${hlc}`, hlc }));
/** What was found of a claim follows from when it was found. */
const emailClaim = fc.tuple(register, register).map(([of, { hlc }]) => ({
  status: (['provisional', 'confirmed', 'lost'] as const)[Number(hlc.slice(0, 15)) % 3] ?? 'lost',
  of: of.hlc,
  hlc,
}));
const user: fc.Arbitrary<UserState> = fc.record(
  {
    ...{ email: register, name: register, country: register, registeredIn: register, registeredAt: register },
    ...{ home: register, emailClaim },
  },
  // As it is read: JSON has no object without a prototype, and `isDeepStrictEqual` tells them apart.
  { requiredKeys: [], noNullPrototype: true },
);

describe('the join of what two regions know of a user', () => {
  it('is commutative', () => fc.assert(fc.property(user, user, (a, b) => void expect(join(a, b)).toEqual(join(b, a)))));
  it('is associative', () =>
    fc.assert(
      fc.property(user, user, user, (a, b, c) => void expect(join(join(a, b), c)).toEqual(join(a, join(b, c)))),
    ));
  it('is idempotent', () => fc.assert(fc.property(user, (a) => void expect(join(a, a)).toEqual(a))));
  it('never goes back to an earlier reading', () =>
    fc.assert(
      fc.property(user, user, (a, b) => {
        fc.pre(Object.keys(a).length > 0);
        expect(latestHlc(join(a, b)) >= latestHlc(a)).toBe(true);
      }),
    ));
  it('is called unchanged when it says nothing new, and only then', () =>
    fc.assert(
      fc.property(user, user, (a, b) => {
        const joined = join(a, b);
        // A write that lost changes no value, but what has been seen here; that must be stored, too.
        expect(isUnchanged(a, joined)).toBe(isDeepStrictEqual(a, joined));
      }),
    ));
});

describe('the status of an address', () => {
  const at = (n: number) => `00000000000000${n}-0000-eu-west`;
  const written = <T>(value: T, n: number) => ({ value, hlc: at(n) });
  const ada: UserState = {
    ...{ email: written('a@example.com', 1), name: written('Ada', 1), country: written('GB', 1) },
    ...{ registeredIn: written('eu-west', 1), registeredAt: written('2026-11-24T11:00:00.000Z', 1) },
  };
  const statusOf = (state: UserState) => (userOf(state) as { emailStatus?: string }).emailStatus;

  it('is provisional when nobody claimed it, as in a version that does not', () =>
    expect(statusOf(ada)).toBe('provisional'));
  it('is what was found of this address, not of one that it replaced', () => {
    const first = join(ada, { emailClaim: { status: 'confirmed', of: at(1), hlc: at(1) } });
    expect(statusOf(first)).toBe('confirmed');
    const second = join(first, {
      email: written('b@example.com', 3),
      emailClaim: { status: 'provisional', of: at(3), hlc: at(3) },
    });
    expect(statusOf(second)).toBe('provisional');
    // Found of the first one, and heard late.
    expect(statusOf(join(second, { emailClaim: { status: 'lost', of: at(1), hlc: at(9) } }))).toBe('provisional');
  });
});

describe('a user', () => {
  it('is not known before the registration is, whatever came first', () =>
    expect(userOf({ name: { value: 'Bo', hlc: '000000000000001-0000-eu-west' } })).toEqual({ known: false }));
});
