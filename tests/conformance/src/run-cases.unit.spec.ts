import { expect, it } from 'vitest';
import type { ConformanceCase, Outcome } from './conformance-case.ts';
import { renderTable } from './render-table.ts';
import { surprises } from './run-cases.ts';

const one = (name: string): ConformanceCase => ({ name, promise: `keeps | ${name}`, run: async () => '' });
const kept = (name: string): Outcome => ({ case: one(name), kept: true, measured: '1 of 1' });
const broken = (name: string): Outcome => ({ case: one(name), kept: false, why: 'lost' });
const declared = { known: 'a public bug' };

it('a run that is as declared holds no surprise', () =>
  expect(surprises('any', [kept('order'), broken('known')], declared)).toEqual([]));

it('what is broken and not declared is one', () =>
  expect(surprises('any', [broken('order')], declared)).toEqual(['any does not keep "order": lost']));

it('what is declared and kept after all is one', () =>
  expect(surprises('any', [kept('known')], declared)).toEqual([
    'any keeps "known" now; take it from the expected failures.',
  ]));

it('what is kept in one run and not in the next is none, and its cell says so either way', () => {
  const unsteady = { often: 'not in every run' };
  expect(surprises('any', [broken('often')], {}, unsteady)).toEqual([]);
  expect(surprises('any', [kept('often')], {}, unsteady)).toEqual([]);
  const pageOf = (isKept: boolean) => {
    const outcomes = [{ name: 'often', kept: isKept, said: 'so' }];
    return renderTable([one('often')], { any: { at: '2026-01-01', cores: 2, outcomes } }, {}, { any: unsteady });
  };
  expect(pageOf(false)).toContain('| 🔴 not in every run |');
  expect(pageOf(true)).toContain('| 🟢 so (not in every run) |');
});

it('a declared cell is red with its reason, and an engine that did not run has no column', () => {
  const outcomes = [
    { name: 'order', kept: true, said: '1 of 1' },
    { name: 'known', kept: false, said: 'lost' },
  ];
  const page = renderTable(
    [one('order'), one('known')],
    { any: { at: '2026-01-01', cores: 2, outcomes } },
    { any: declared },
  );
  expect(page).toContain('| **order**: keeps \\| order | 🟢 1 of 1 |');
  expect(page).toContain('| **known**: keeps \\| known | 🔴 a public bug |');
  expect(page).not.toContain('verbatim');
});
