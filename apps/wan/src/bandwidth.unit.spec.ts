import { expect, test } from 'vitest';
import { Bandwidth } from './bandwidth.ts';

test('unlimited bandwidth takes no time', () => {
  expect(new Bandwidth(0).reserve(1e9, 5)).toBe(5);
});

test('bytes leave one after the other at the rate: 1 Mbit/s is 125 bytes in a millisecond', () => {
  const bandwidth = new Bandwidth(1);
  expect(bandwidth.reserve(125, 0)).toBe(1);
  expect(bandwidth.reserve(250, 0)).toBe(3);
});

test('an idle wire saves nothing up', () => {
  const bandwidth = new Bandwidth(1);
  bandwidth.reserve(125, 0);
  expect(bandwidth.reserve(125, 1_000)).toBe(1_001);
});

test('a new rate holds for what is reserved from then on', () => {
  const bandwidth = new Bandwidth(1);
  bandwidth.reserve(125, 0);
  bandwidth.setMbps(10);
  expect(bandwidth.reserve(1_250, 0)).toBe(2);
});
