import { expect, test } from 'vitest';
import { createPaint } from '../terminal/terminal.ts';
import type { FailoverRecord } from './missing-writes.ts';
import { missingSentence, renderFates, renderMissingWrites, renderWrites } from './render-missing-writes.ts';

const options = { width: 100, paint: createPaint(false) };
const record: FailoverRecord = {
  ...{ region: 'eu-west', epoch: 4, atMs: 1_000 },
  services: [
    { service: 'user', applied: { 'us-east': 5, 'ap-southeast': null }, written: 5 },
    { service: 'order', applied: { 'us-east': 40, 'ap-southeast': 37 }, written: 43 },
  ],
};

const told = {
  ...record,
  missingEvents: {
    user: { lastWriteMs: 900, events: [] },
    order: { lastWriteMs: 800, events: [{ sequence: 41, key: 'o-1', hlc: '0', committedAtMs: 560 }] },
  },
};

test('says per service what was written, what each survivor had, what is missing, and how old the oldest was', () => {
  expect(renderMissingWrites(told, options).split('\n')).toEqual([
    'events of eu-west  written  us-east had  ap-southeast had  missing  oldest',
    'user                     5            5                 –  0',
    'order                   43           40                37  3        340 ms',
  ]);
  expect(missingSentence(told)).toBe(
    'RPO: the others lack 3 events of writes that eu-west has acknowledged, the oldest made 340 ms before its last write.',
  );
});

test('claims no figure of a region that could not be asked', () => {
  const silent = { ...record, services: record.services.map((one) => ({ ...one, written: null })) };
  expect(renderMissingWrites(silent, options)).toMatch(/unknown until eu-west returns +–$/m);
  expect(missingSentence(silent)).toBe('How many writes of eu-west the others lack is known when it returns.');
});

test('claims no age of writes that the region has not told', () => {
  expect(renderMissingWrites(record, options).split('\n')[2]).toMatch(/ 3 +–$/);
  expect(missingSentence(record)).toContain('; it has not said how old they were.');
});

test('where nothing is missing there is nothing to be old', () => {
  const held = { ...told, services: record.services.map((one) => ({ ...one, written: 5 })) };
  expect(missingSentence(held)).toBe('RPO: the others lack 0 events of writes that eu-west has acknowledged.');
});

test('says what became of each', () => {
  const fate = { service: 'order', missing: 3, ms: 340, arrived: 2, outstanding: 1, overwritten: 1 } as const;
  expect(renderFates([fate], options).split('\n')[1]).toMatch(/^order +3 +340 ms +2 +1 +1$/);
  expect(renderFates([{ ...fate, ms: null, overwritten: null }], options).split('\n')[1]).toMatch(/ – +2 +1 +–$/);
});

test('lists each that was missing, and what became of it once that is known', () => {
  const write = { service: 'order', sequence: 41, key: 'o-1', hlc: '0', committedAtMs: 560 };
  expect(renderWrites([write, { ...write, sequence: 42, fate: 'overwritten' }], options).split('\n')).toEqual([
    'service  event  of   made                      what became of it',
    'order       41  o-1  1970-01-01T00:00:00.560Z  –',
    'order       42  o-1  1970-01-01T00:00:00.560Z  overwritten',
  ]);
  expect(renderWrites([], options)).toBe('None that the region has told of.');
});
