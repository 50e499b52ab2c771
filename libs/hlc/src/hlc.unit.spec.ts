import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareHlc, formatHlc, type HlcParts, latestHlcOf, parseHlc } from './index.ts';

const region = fc.constantFrom('us', 'us-east', 'us-east-2', 'eu-west', 'ap-southeast');
/** Few distinct values, so that ties are common, and the bounds, where padding could go wrong. */
const wallMs = fc.oneof(
  fc.integer({ min: 0, max: 20 }),
  fc.constantFrom(999, 1000, 1_793_000_000_000, 999_999_999_999_999),
);
const counter = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(0xff, 0x100, 0xffff));
const parts = fc.record({ wallMs, counter, region });

function compareParts(a: HlcParts, b: HlcParts): number {
  if (a.wallMs !== b.wallMs) return Math.sign(a.wallMs - b.wallMs);
  if (a.counter !== b.counter) return Math.sign(a.counter - b.counter);
  if (a.region === b.region) return 0;
  return a.region < b.region ? -1 : 1;
}

test('a reading is read back as it was written', () => {
  fc.assert(fc.property(parts, (p) => void expect(parseHlc(formatHlc(p))).toEqual(p)));
});

test('the order of the strings is the order of wall part, counter and region', () => {
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const [x, y] = [formatHlc(a), formatHlc(b)];
      expect(compareHlc(x, y)).toBe(compareParts(a, b));
      expect(x < y).toBe(compareParts(a, b) < 0);
    }),
  );
});

test.each([
  '',
  'now',
  '1793000000000-0000-eu-west',
  '000001793000000-000-eu-west',
  '000001793000000-00AB-eu-west',
  '000001793000000-0000-',
  '000001793000000-0000-eu-west\n',
])('refuses %j, which is no reading', (text) => {
  expect(() => parseHlc(text)).toThrow('not a hybrid logical clock reading');
});

test.each([
  { wallMs: -1 },
  { wallMs: 1.5 },
  { wallMs: Number.NaN },
  { wallMs: 1e15 },
  { counter: -1 },
  { counter: 0x10000 },
  { region: '' },
  { region: 'EU' },
])('refuses to write %j, which would break the order of strings', (wrong) => {
  expect(() => formatHlc({ wallMs: 1, counter: 0, region: 'eu-west', ...wrong })).toThrow();
});

test('the latest of some readings is the greatest, wherever it stands among them; of none there is none', () => {
  const [a = '', b = '', c = ''] = [1, 2, 3].map((wallMs) => formatHlc({ wallMs, counter: 0, region: 'eu-west' }));
  expect(latestHlcOf([b, c, a])).toBe(c);
  expect(latestHlcOf([])).toBeUndefined();
});
