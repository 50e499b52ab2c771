import { expect, test } from 'vitest';
import type { SourceReport } from '../sources/judge-sources.ts';
import { gapsToClose } from './gaps-to-close.ts';

const report = (reader: string, source: string, gaps = 1): SourceReport => ({
  ...{
    reader,
    source,
    published: 9,
    appliedUpTo: 2,
    appliedLast: 9,
    behind: gaps,
    missing: gaps,
    openDeadLetters: 0,
    renumbered: false,
  },
  gaps: Array.from({ length: gaps }, () => ({ firstSequence: 3, lastSequence: 3, openSince: '', deadLetters: 0 })),
});
const own = report('eu-west/order', '/us-east/order');
const others = report('eu-west/catalog', '/us-east/order');
const whole = report('ap-southeast/order', '/us-east/order', 0);

test('a gap is closed where states were compared, not where a service acts on the events of another', () =>
  expect(gapsToClose([own, others, whole], new Set())).toEqual([own]));

test('a gap of another service is closed when that one told every state again', () =>
  expect(gapsToClose([own, others, whole], new Set(['order']))).toEqual([own, others]));

test('no gap is closed of a region that was not compared', () =>
  expect(gapsToClose([{ ...own, published: null }], new Set(['order']))).toEqual([]));
