import { readFileSync } from 'node:fs';
import { parseTopology } from '@meridian/regions';
import { expect, test } from 'vitest';
import { createPaint } from '../terminal/terminal.ts';
import { letterNamed, nameOf } from './letter-name.ts';
import type { Letter } from './letters.ts';
import { renderLetter, renderLetters } from './render-letters.ts';

const topology = parseTopology(
  JSON.parse(readFileSync(new URL('../../../../infra/topology.json', import.meta.url), 'utf8')),
);
const options = { width: 140, paint: createPaint(false) };
const letter: Letter = {
  ...{ region: 'eu-west', service: 'order', id: 'us-east.orders.v1:2:41', topic: 'us-east.orders.v1', partition: 2 },
  ...{ offset: '41', key: 'o-1', source: '/us-east/order', sequence: 17, type: 'meridian.order.placed.v1' },
  ...{ traceId: 'a'.repeat(32), reason: 'Error: the value is not JSON', attempts: 5, at: '2026-11-25T12:00:00.000Z' },
  ...{ replayedAt: null, replayFailure: null },
};

test('the name of a letter leads back to it', () => {
  const name = nameOf(letter);
  expect(name).toBe('eu-west/order/us-east.orders.v1:2:41');
  expect(letterNamed(topology, name)).toEqual({ region: 'eu-west', service: 'order', id: letter.id });
});

test.each([
  ['of no region', 'mars/order/orders.v1:0:1', 'no region "mars"'],
  ['of no service', 'eu-west/mail/orders.v1:0:1', 'no service "mail"'],
  ['without an offset', 'eu-west/order/orders.v1', 'names no dead letter'],
])('a name %s is refused in a sentence', (_what, name, sentence) =>
  expect(() => letterNamed(topology, name)).toThrow(sentence),
);

test('a list has the name to copy, the event and the reason; what failed again says why', () => {
  const again = { ...letter, replayFailure: { at: letter.at, reason: 'ClockDrift: 900 ms ahead' } };
  const replayed = { ...letter, replayedAt: letter.at, source: null, sequence: null };
  const lines = renderLetters([letter, again, replayed], options).split('\n');
  expect(lines[1]).toMatch(/^eu-west\/order\/us-east\.orders\.v1:2:41 .* \/us-east\/order 17$/);
  expect(lines[2]).toBe('  Error: the value is not JSON');
  expect(lines[4]).toContain('not replayed: ClockDrift');
  expect(lines[5]).toContain('not readable');
  expect(lines[6]).toContain('replayed 2026');
});

test('a letter is shown without its value, and says how to see it', () => {
  const shown = renderLetter(
    {
      ...letter,
      headers: [
        ['ce_id', '1'],
        ['none', null],
      ],
      valueBytes: 212,
    },
    options,
  );
  expect(shown).toContain('212 bytes; --value shows them');
  expect(shown).toMatch(/ce_id +1/);
  expect(renderLetter({ ...letter, headers: [], valueBytes: 2, value: '{}' }, options)).toMatch(/value +\{\}/);
});

test('a letter that its topic has dropped says so', () =>
  expect(renderLetter({ ...letter, headers: null, valueBytes: null }, options)).toContain('no longer keeps it'));
