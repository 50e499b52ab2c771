import { expect, test } from 'vitest';
import { createPaint, type Terminal } from '../terminal/terminal.ts';
import { textReport } from './text-report.ts';

function inPipe() {
  const lines: string[] = [];
  const terminal: Terminal = {
    line: (text = '') => lines.push(text),
    write: (text) => lines.push(text),
    errorLine: (text) => lines.push(text),
    interactive: false,
    width: 80,
    color: false,
    paint: createPaint(false),
    whenGone: () => undefined,
  };
  return { lines, report: textReport(terminal, 0) };
}

test('the first step that fails is to blame; what it takes along is told as broken off', () => {
  const { lines, report } = inPipe();
  for (const name of ['wan', 'edge', 'console']) report.step({ name, state: 'started' });
  report.step({ name: 'wan', state: 'done', ms: 500 });
  report.step({ name: 'edge', state: 'failed', ms: 700 });
  report.step({ name: 'console', state: 'failed', ms: 800 });
  report.close();
  expect(lines).toEqual(['✓ wan (0.5 s)', '✗ edge (0.7 s)', '– console, broken off (0.8 s)']);
});

test('stopping while starting blames nothing', () => {
  const { lines, report } = inPipe();
  report.step({ name: 'edge', state: 'started' });
  report.stopping();
  report.step({ name: 'edge', state: 'failed', ms: 700 });
  report.stoppingAlready([]);
  report.stoppingAlready(['wan', 'us-east/kafka']);
  report.stopped(3_210);
  report.close();
  expect(lines).toEqual([
    '  stopping …',
    '– edge, broken off (0.7 s)',
    'Already stopping.',
    'Already stopping; still there: wan, us-east/kafka.',
    '✓ stopped everything in 3.2 s',
  ]);
});

test('no time is claimed when somebody else asked to stop', () => {
  const { lines, report } = inPipe();
  report.stopped(undefined);
  expect(lines).toEqual(['✓ stopped everything']);
});
