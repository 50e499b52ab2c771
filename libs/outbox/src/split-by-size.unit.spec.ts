import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CommittedRow } from './outbox-row.ts';
import { splitBySize } from './split-by-size.ts';

const rowOf = (bytes: number, id: number) => ({ id: String(id), value: 'x'.repeat(bytes) }) as CommittedRow;
const sizes = (rows: CommittedRow[], most: number) => splitBySize(rows, most).map((group) => group.length);

it('keeps rows together that fit', () => expect(sizes([10, 20, 30].map(rowOf), 10_000)).toEqual([3]));
it('begins a new group where the next row would be too much', () =>
  expect(sizes([4_000, 4_000, 4_000].map(rowOf), 10_000)).toEqual([2, 1]));
it('leaves a row alone that is too large by itself', () =>
  expect(sizes([10, 50_000, 10].map(rowOf), 10_000)).toEqual([1, 1, 1]));
it('makes nothing of nothing', () => expect(splitBySize([])).toEqual([]));
it('counts bytes, not characters', () => {
  const rows = [1, 2].map((id) => ({ id: String(id), value: 'é'.repeat(3_000) }) as CommittedRow);
  expect(sizes(rows, 10_000)).toEqual([1, 1]);
});

it('loses no row, changes no order and makes no empty group', () =>
  fc.assert(
    fc.property(fc.array(fc.nat(12_000)), (lengths) => {
      const rows = lengths.map(rowOf);
      const groups = splitBySize(rows, 10_000);
      expect(groups.flat()).toEqual(rows);
      expect(groups.every((group) => group.length > 0)).toBe(true);
    }),
  ));
