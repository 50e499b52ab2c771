import type { ConflictResponse } from '@meridian/contracts';
import { expect, test } from 'vitest';
import { createPaint } from '../terminal/terminal.ts';
import { mergeConflicts, type RegionConflicts } from './merge-conflicts.ts';
import { renderConflict, renderConflicts, silenceSentence } from './render-conflicts.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const NOW_MS = Date.parse('2026-11-25T12:00:00.000Z');
const at = (secondsAgo: number) => new Date(NOW_MS - secondsAgo * 1_000).toISOString();

const entry = (over: Partial<ConflictResponse> = {}): ConflictResponse => ({
  id: '1ebb9ce5-ec34-50e1-a0e1-3252943b5cf1',
  ...{ aggregate: 'user', aggregateId: 'u-1', field: 'name', rule: 'last-writer-wins' },
  lost: { value: 'Ada here', hlc: '001795620747284-0000-eu-west', region: 'eu-west', traceId: TRACE },
  won: { value: 'Ada there', hlc: '001795620747285-0000-us-east', region: 'us-east' },
  ...{ detectedAt: at(5), status: 'open' },
  ...over,
});
const other = entry({ id: '2ebb9ce5-ec34-50e1-a0e1-3252943b5cf1', detectedAt: at(300) });
const ledger = (region: string, ...items: ConflictResponse[]): RegionConflicts => ({ region, service: 'user', items });
const look = { width: 120, paint: createPaint(false), nowMs: NOW_MS };

test('one conflict that two regions noticed is one, noticed when the first did', () => {
  const merged = mergeConflicts([ledger('us-east', entry({ detectedAt: at(9) }), other), ledger('eu-west', entry())]);
  expect(merged).toEqual([
    { ...entry({ detectedAt: at(9) }), service: 'user', noticedIn: ['us-east', 'eu-west'] },
    { ...other, service: 'user', noticedIn: ['us-east'] },
  ]);
});

test('a conflict that one region has resolved is resolved, whichever was asked first', () => {
  const resolved = ledger('us-east', entry({ status: 'resolved' }));
  for (const answers of [
    [resolved, ledger('eu-west', entry())],
    [ledger('eu-west', entry()), resolved],
  ])
    expect(mergeConflicts(answers)[0]?.status).toBe('resolved');
});

test('the table says rule, field, what lost to what, how long ago, and where to look', () => {
  const table = renderConflicts(mergeConflicts([ledger('us-east', entry(), other)]), look).split('\n');
  expect(table[1]).toMatch(
    /^1ebb9ce5 {2}last-writer-wins {2}user\.name {2}Ada here → Ada there {2,}5 s {2}4bf92f35.* {2}open$/,
  );
  expect(table[2]).toContain('5 min');
});

test('values that are no text are shown as JSON', () => {
  const won = { ...entry().won, value: { heldBy: 'u-2' } };
  expect(renderConflicts(mergeConflicts([ledger('us-east', entry({ won }))]), look)).toContain('{"heldBy":"u-2"}');
});

test('a conflict is shown with both sides, readings and traces', () => {
  const text = renderConflict(
    mergeConflicts([ledger('us-east', entry()), ledger('eu-west', entry())])[0] as never,
    look,
  );
  expect(text).toContain('name of user u-1, decided by last-writer-wins');
  expect(text).toContain('noticed 5 s ago, in us-east, eu-west');
  expect(text).toContain(`written in eu-west at 001795620747284-0000-eu-west; trace: npx meridian trace ${TRACE}`);
  expect(text).toContain('written in us-east at 001795620747285-0000-us-east; trace: not recorded');
});

test('says when there is nothing, and whose ledger is missing', () => {
  expect(renderConflicts([], look)).toBe('No join has discarded anything.');
  expect(silenceSentence(['eu-west/user'])).toContain('eu-west/user did not answer');
  expect(silenceSentence([])).toBe('');
});
