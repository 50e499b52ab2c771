import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeToken,
  EMPTY_TOKEN,
  encodeToken,
  isEmptyToken,
  joinTokens,
  needsOf,
  type Token,
  tokenOf,
} from './token.ts';
import { compareTransactions } from './transaction-number.ts';

const RUNS = { numRuns: 10_000 };
const number = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const entry = fc.constantFrom('user/us-east', 'user/eu-west', 'order/eu-west', 'catalog/ap-southeast');
const token: fc.Arbitrary<Token> = fc.dictionary(entry, number).map((made) => ({ ...made }));

describe('joining tokens', () => {
  it('does not depend on their order', () =>
    fc.assert(
      fc.property(token, token, (a, b) => {
        expect(joinTokens(a, b)).toEqual(joinTokens(b, a));
      }),
      RUNS,
    ));
  it('does not depend on how they are grouped', () =>
    fc.assert(
      fc.property(token, token, token, (a, b, c) => {
        expect(joinTokens(joinTokens(a, b), c)).toEqual(joinTokens(a, joinTokens(b, c)));
      }),
      RUNS,
    ));
  it('twice does no more than once', () =>
    fc.assert(
      fc.property(token, (a) => {
        expect(joinTokens(a, a)).toEqual(a);
      }),
      RUNS,
    ));
  it('never forgets: every entry is at least what either had', () =>
    fc.assert(
      fc.property(token, token, (a, b) => {
        const joined = joinTokens(a, b);
        for (const one of [a, b])
          for (const [name, known] of Object.entries(one))
            expect(compareTransactions(joined[name] as string, known)).toBeGreaterThanOrEqual(0);
      }),
      RUNS,
    ));
});

describe('a token as text', () => {
  it('comes back as it was', () =>
    fc.assert(
      fc.property(token, (a) => {
        expect(decodeToken(encodeToken(a))).toEqual({ ok: true, token: a });
      }),
      RUNS,
    ));
  it('is the same for equal tokens, in whatever order they were joined', () =>
    fc.assert(
      fc.property(token, token, (a, b) => {
        expect(encodeToken(joinTokens(a, b))).toBe(encodeToken(joinTokens(b, a)));
      }),
      RUNS,
    ));
  it('is base64url as everybody writes it', () =>
    fc.assert(
      fc.property(token, (a) => {
        const sorted = Object.fromEntries(Object.entries(a).sort(([x], [y]) => (x < y ? -1 : 1)));
        expect(encodeToken(a)).toBe(Buffer.from(JSON.stringify(sorted)).toString('base64url'));
      }),
      RUNS,
    ));
  it('whatever is sent, is a token or is refused with a reason', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.json().map((j) => Buffer.from(j).toString('base64url')),
        ),
        (text) => {
          const read = decodeToken(text);
          if (read.ok) expect(decodeToken(encodeToken(read.token))).toEqual(read);
          else expect(['TooLong', 'NotBase64Url', 'NotJson', 'NotAToken']).toContain(read.reason);
        },
      ),
      RUNS,
    ));

  const text = (json: string) => Buffer.from(json).toString('base64url');
  it.each([
    ['NotBase64Url', ''],
    ['NotBase64Url', 'e30='],
    ['NotBase64Url', 'ab+c'],
    ['NotBase64Url', 'abcde'],
    ['NotJson', text('{')],
    ['NotAToken', text('7')],
    ['NotAToken', text('null')],
    ['NotAToken', text('[]')],
    ['NotAToken', text('{"user/eu-west":7}')],
    ['NotAToken', text('{"user/eu-west":"007"}')],
    ['NotAToken', text('{"user/eu-west":"-1"}')],
    ['NotAToken', text('{"user":"7"}')],
    ['NotAToken', text('{"__proto__":"7"}')],
    ['NotAToken', text(JSON.stringify(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`s${i}/r`, '1']))))],
    ['TooLong', 'a'.repeat(4_097)],
  ])('is refused as %s: %s', (reason, sent) => expect(decodeToken(sent)).toEqual({ ok: false, reason }));
});

describe('what a token asks of a service', () => {
  it('is its entries alone, by region', () => {
    const all = {
      ...tokenOf('user', 'eu-west', '7'),
      ...tokenOf('order', 'eu-west', '8'),
      ...tokenOf('user', 'us-east', '9'),
    };
    expect(needsOf(all, 'user')).toEqual({ 'eu-west': '7', 'us-east': '9' });
    expect(needsOf(all, 'catalog')).toEqual({});
  });
  it('is nothing when it is empty', () => {
    expect(isEmptyToken(EMPTY_TOKEN)).toBe(true);
    expect(isEmptyToken(tokenOf('user', 'eu-west', '7'))).toBe(false);
  });
});

it('transaction numbers compare as numbers, beyond what a double holds', () =>
  fc.assert(
    fc.property(number, number, (a, b) => {
      expect(Math.sign(compareTransactions(a, b))).toBe(BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0);
    }),
    RUNS,
  ));
