import { stripVTControlCharacters } from 'node:util';
import { eventually } from '@meridian/testing';
import { expect, test } from 'vitest';
import { createPaint } from '../terminal/terminal.ts';
import { liveProgress } from './progress-live.ts';
import { plainProgress } from './progress-plain.ts';

const ESCAPE = '\u001b[';

/** A terminal as far as the live progress uses one: it keeps lines, and can go up and clear. */
function screen() {
  const lines: string[] = [];
  return {
    width: 80,
    paint: createPaint(false),
    write(text: string) {
      const up = text.startsWith(ESCAPE) ? Number.parseInt(text.slice(ESCAPE.length), 10) : 0;
      if (up > 0) lines.splice(lines.length - up, up);
      const rest = stripVTControlCharacters(text);
      if (rest !== '') lines.push(...rest.replace(/\n$/, '').split('\n'));
    },
    lines: () => lines.map((line) => line.replace(/^\S (.*) [\d.]+ s$/, '… $1')),
  };
}

test('on a terminal what is under way stays at the bottom, and what has ended stands above it', () => {
  const terminal = screen();
  const progress = liveProgress(terminal);
  progress.begin('a');
  progress.begin('b');
  progress.finish('a', '✓ a');
  progress.line('a note\nof two lines');
  progress.begin('c');
  expect(terminal.lines()).toEqual(['✓ a', 'a note', 'of two lines', '… b', '… c']);
  progress.close();
  expect(terminal.lines()).toEqual(['✓ a', 'a note', 'of two lines']);
});

test('on a terminal the seconds go on by themselves, and drawing over leaves no line behind', async () => {
  const terminal = screen();
  const progress = liveProgress(terminal);
  let writes = 0;
  const write = terminal.write;
  terminal.write = (text) => {
    writes += 1;
    write(text);
  };
  progress.begin('a');
  await eventually(() => expect(writes).toBeGreaterThan(2), { withinMs: 2_000 });
  expect(terminal.lines()).toEqual(['… a']);
  progress.close();
});

test('in a pipe a step that is soon done takes one line, one that takes long says so before', async () => {
  const lines: string[] = [];
  const progress = plainProgress({ line: (text = '') => lines.push(text) }, 30);
  progress.begin('short');
  progress.finish('short', '✓ short');
  progress.begin('long');
  await eventually(() => expect(lines).toEqual(['✓ short', '  long …']), { withinMs: 2_000 });
  progress.finish('long', '✓ long');
  progress.begin('stopping', true);
  expect(lines).toEqual(['✓ short', '  long …', '✓ long', '  stopping …']);
  progress.close();
});
