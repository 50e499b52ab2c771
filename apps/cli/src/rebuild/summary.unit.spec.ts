import type { RebuildResponse } from '@meridian/contracts';
import { expect, test } from 'vitest';
import { progressLine, summaryLines, summaryOf } from './summary.ts';

const rebuild = (over: Partial<RebuildResponse> = {}): RebuildResponse => ({
  ...{ service: 'order', region: 'eu-west', phase: 'joined', waitingFor: null, taken: 0, expected: null, seconds: 9 },
  report: { seconds: 4, aggregates: 20_000, knownSequences: { '/eu-west/order': 812 }, notes: ['3 units are gone'] },
  ...over,
});
const equal = { equal: true, sentence: 'Every region holds the same state.', resent: [] };

test('says how long it took, what is lost, and what a person should know', () =>
  expect(summaryLines(summaryOf('eu-west', [rebuild()], equal, 12_340))).toEqual([
    '',
    'eu-west/order: 20000 aggregates in 4.0 s, 20.0 s per 100,000',
    '  the others have its events up to 812; what it wrote behind that is lost',
    '  3 units are gone',
    '\nEvery region holds the same state. It took 12.3 s.',
  ]));

test('of a handful of aggregates no rate is said', () => {
  const report = { seconds: 4, aggregates: 20, knownSequences: {}, notes: [] };
  expect(summaryOf('eu-west', [rebuild({ report })], equal, 0).services[0]?.secondsPer100k).toBeNull();
});

test('a step says how far it is and what it waits for', () => {
  expect(progressLine(rebuild({ phase: 'taking', taken: 400, expected: 900 }))).toBe(
    'eu-west/order takes states, 400 of about 900 so far',
  );
  expect(progressLine(rebuild({ phase: 'hearing', waitingFor: 'us-east/user cannot be reached' }))).toBe(
    'eu-west/order asks the others what they have of it (us-east/user cannot be reached)',
  );
});
