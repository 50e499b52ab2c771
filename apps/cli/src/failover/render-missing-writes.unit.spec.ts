import { expect, test } from 'vitest';
import { createPaint } from '../terminal/terminal.ts';
import type { FailoverRecord } from './missing-writes.ts';
import { missingSentence, renderFates, renderMissingWrites } from './render-missing-writes.ts';

const options = { width: 100, paint: createPaint(false) };
const record: FailoverRecord = {
  ...{ region: 'eu-west', epoch: 4, atMs: 1_000 },
  services: [
    { service: 'user', applied: { 'us-east': 5, 'ap-southeast': null }, written: 5 },
    { service: 'order', applied: { 'us-east': 40, 'ap-southeast': 37 }, written: 43 },
  ],
};

test('says per service what was written, what each survivor had, and what is missing', () => {
  expect(renderMissingWrites(record, options).split('\n')).toEqual([
    'events of eu-west  written  us-east had  ap-southeast had  missing',
    'user                     5            5                 –  0',
    'order                   43           40                37  3',
  ]);
  expect(missingSentence(record)).toBe('RPO: the others lack 3 events of writes that eu-west has acknowledged.');
});

test('claims no figure of a region that could not be asked', () => {
  const silent = { ...record, services: record.services.map((one) => ({ ...one, written: null })) };
  expect(renderMissingWrites(silent, options)).toContain('unknown until eu-west returns');
  expect(missingSentence(silent)).toBe('How many writes of eu-west the others lack is known when it returns.');
});

test('says what became of each', () => {
  const fate = { service: 'order', missing: 3, arrived: 2, outstanding: 1, overwritten: 1 } as const;
  expect(renderFates([fate], options).split('\n')[1]).toMatch(/^order +3 +2 +1 +1$/);
});
