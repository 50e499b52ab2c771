import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnchanged, join, latestHlc, type UserState, userOf } from './user.ts';

/** A clock reading names one write, so the value follows from it. */
const register = fc
  .record({ wallMs: fc.integer({ min: 1, max: 9 }), region: fc.constantFrom('ap-southeast', 'eu-west', 'us-east') })
  .map(({ wallMs, region }) => `${String(wallMs).padStart(15, '0')}-0000-${region}`)
  .map((hlc) => ({ value: `written at ${hlc}`, hlc }));
const user: fc.Arbitrary<UserState> = fc.record(
  { email: register, name: register, country: register, registeredIn: register, registeredAt: register },
  { requiredKeys: [] },
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

describe('a user', () => {
  it('is not known before the registration is, whatever came first', () =>
    expect(userOf({ name: { value: 'Bo', hlc: '000000000000001-0000-eu-west' } })).toEqual({ known: false }));
});
