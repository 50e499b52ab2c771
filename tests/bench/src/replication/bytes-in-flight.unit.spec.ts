import { expect, it } from 'vitest';
import { mostWithin } from './bytes-in-flight.ts';

/** Looks every 10 ms at a link over which so many bytes come in each. */
function meter(...perLook: number[]) {
  let bytes = 500;
  return [0, ...perLook].map((more, i) => {
    bytes += more;
    return { atMs: 1_000 + i * 10, bytes };
  });
}

it('an answer of 8 bytes per round trip is 8 in flight, however long the work behind it', () =>
  expect(mostWithin(30, meter(0, 0, 0, 4, 4, 0, 0, 0, 0, 0, 4, 4, 0, 0))).toBe(8));

it('answers that come without a pause are as many as fit into a round trip', () =>
  expect(mostWithin(30, meter(4, 4, 4, 4, 4, 4, 4))).toBe(12));

it('the best round trip counts, not those in which little was asked for', () =>
  expect(mostWithin(20, meter(1, 1, 1, 1, 9, 1, 1))).toBe(10));

it('between two looks as much has crossed as is due by then', () => expect(mostWithin(25, meter(4, 4, 4, 4))).toBe(10));

it('what was looked at for less than a round trip counts as a whole', () => {
  expect(mostWithin(100, meter(3, 4))).toBe(7);
  expect(mostWithin(100, [])).toBe(0);
});
