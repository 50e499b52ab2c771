import { expect, test } from 'vitest';
import { compareDigests } from './compare-digests.ts';

const digests = (...states: string[]) =>
  states.map((digest, i) => ({ region: ['us-east', 'eu-west', 'ap-southeast'][i] ?? '', aggregates: 3, digest }));

test('regions that hold the same state are equal', () => {
  expect(compareDigests('order', digests('a', 'a', 'a'))).toMatchObject({ equal: true, differing: [] });
});

test('names the one region that differs from the others', () => {
  expect(compareDigests('order', digests('a', 'b', 'a'))).toMatchObject({ equal: false, differing: ['eu-west'] });
});

test('names every region when no state has a majority', () => {
  expect(compareDigests('order', digests('a', 'b', 'c')).differing).toEqual(['us-east', 'eu-west', 'ap-southeast']);
  expect(compareDigests('order', digests('a', 'b')).differing).toEqual(['us-east', 'eu-west']);
});

test('equal counts do not make different states equal', () => {
  expect(compareDigests('user', digests('a', 'b', 'b')).equal).toBe(false);
});
