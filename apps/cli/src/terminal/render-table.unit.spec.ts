import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { renderTable } from './render-table.ts';
import { createPaint } from './terminal.ts';

const plain = createPaint(false);
const columns = [
  { title: 'name', shrink: true },
  { title: 'ms', align: 'right' as const },
];

test('columns are as wide as their widest cell, and numbers stand flush right', () => {
  const table = renderTable(
    columns,
    [
      ['eu-west', '1.0'],
      ['us-east/order', '118'],
    ],
    { width: 80, paint: plain },
  );
  expect(table.split('\n')).toEqual(['name            ms', 'eu-west        1.0', 'us-east/order  118']);
});

test('a column that may shrink gives way with an ellipsis, the others stay whole', () => {
  const long = 'ap-southeast->us-east/catalog-and-more';
  const table = renderTable(columns, [[long, '236.6']], { width: 30, paint: plain });
  for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(30);
  expect(table).toContain('…');
  expect(table).toContain('236.6');
});

test('colours change no width', () => {
  const rows = [
    [
      { text: 'eu-west', tone: 'good' as const },
      { text: '12.0', tone: 'bad' as const },
    ],
  ];
  const colored = renderTable(columns, rows, { width: 80, paint: createPaint(true) });
  expect(colored).not.toBe(stripVTControlCharacters(colored));
  expect(stripVTControlCharacters(colored)).toBe(renderTable(columns, rows, { width: 80, paint: plain }));
});

test('no line ends in blanks', () => {
  const table = renderTable([{ title: 'a' }, { title: '' }], [['x', '']], { width: 80, paint: plain, indent: 2 });
  expect(table.split('\n')).toEqual(['  a', '  x']);
});
