import type { DeadLetterContentResponse } from '@meridian/contracts';
import { type Cell, type Column, renderTable } from '../terminal/render-table.ts';
import type { Paint } from '../terminal/terminal.ts';
import { nameOf } from './letter-name.ts';
import type { Letter } from './letters.ts';

const COLUMNS: Column[] = [
  { title: 'dead letter' },
  { title: 'since' },
  { title: 'event' },
  { title: 'reason', shrink: true },
];

interface RenderOptions {
  width: number;
  paint: Paint;
}

/** A letter takes two lines where its name, which is to be copied, and its reason have no room in one. */
export function renderLetters(letters: readonly Letter[], options: RenderOptions): string {
  return renderTable(COLUMNS, letters.map(row), options);
}

function row(letter: Letter): Cell[] {
  const { reason, replayedAt, replayFailure } = letter;
  const state: Cell = replayedAt
    ? { text: `replayed ${replayedAt}`, tone: 'good' }
    : { text: replayFailure ? `not replayed: ${replayFailure.reason}` : reason, tone: 'bad' };
  return [nameOf(letter), letter.at, eventOf(letter), state];
}

/** Which event it was, as far as its envelope could be read. */
function eventOf({ source, sequence }: Pick<Letter, 'source' | 'sequence'>): string {
  return source === null ? 'not readable' : `${source} ${sequence ?? '?'}`;
}

export function renderLetter(letter: DeadLetterContentResponse, { paint }: RenderOptions): string {
  const lines: [string, string][] = [
    ['dead letter', nameOf(letter)],
    ['reason', letter.reason],
    ['given up', `${letter.at}, after ${letter.attempts} attempts`],
    ['event', eventOf(letter)],
    ['type', letter.type ?? '–'],
    ['aggregate', letter.key ?? '–'],
    ['trace', letter.traceId ?? '–'],
    ['replayed', letter.replayedAt ?? 'no'],
  ];
  if (letter.replayFailure) lines.push(['last replay', `${letter.replayFailure.at}: ${letter.replayFailure.reason}`]);
  const headers = (letter.headers ?? []).map(([name, value]): [string, string] => [`  ${name}`, value ?? '(none)']);
  lines.push(['headers', letter.headers ? '' : 'its topic no longer keeps it'], ...headers);
  if (letter.valueBytes !== null)
    lines.push(['value', letter.value ?? `${letter.valueBytes} bytes; --value shows them`]);
  const widest = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, text]) => `${paint('dim', name.padEnd(widest))}  ${text}`.trimEnd()).join('\n');
}
