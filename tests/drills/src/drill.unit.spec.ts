import { expect, test } from 'vitest';
import { check, verdictOf } from './drill.ts';

const holds = check('I1', 'equal', []);
const broken = check('I2', 'nothing lost', ['order 7']);
const untold = { ...holds, valid: 'unknown' as const };

test('a rule holds exactly when nothing breaks it', () => {
  expect(holds.valid).toBe(true);
  expect(broken).toEqual({ invariant: 'I2', rule: 'nothing lost', valid: false, evidence: ['order 7'] });
});

test('much evidence is cut and counted', () => {
  expect(check('I2', 'r', [1, 2, 3, 4, 5, 6, 7]).evidence).toEqual(['1', '2', '3', '4', '5', 'and 2 more']);
});

test('one broken rule makes the drill invalid, whatever else is unknown', () => {
  expect(verdictOf([holds, untold, broken])).toBe(false);
});

test('a rule of which nothing is known leaves the drill unknown, and so does a drill that checks nothing', () => {
  expect(verdictOf([holds, untold])).toBe('unknown');
  expect(verdictOf([])).toBe('unknown');
});

test('a drill is valid when every rule holds', () => {
  expect(verdictOf([holds, holds])).toBe(true);
});
