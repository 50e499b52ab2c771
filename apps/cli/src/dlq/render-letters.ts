import type { DeadLetterContentResponse } from '@meridian/contracts';
import { type Cell, type Column, renderTable } from '../terminal/render-table.ts';
import type { Paint } from '../terminal/terminal.ts';
import { nameOf } from './letter-name.ts';
import type { Letter } from './letters.ts';

const COLUMNS: Column[] = [{ title: 'dead letter' }, { title: 'since' }, { title: 'event', shrink: true }];

interface RenderOptions {
  width: number;
  paint: Paint;
}

/** Two lines each: the name is to be copied and the reason to be read, and they have no room beside each other. */
export function renderLetters(letters: readonly Letter[], options: RenderOptions): string {
  const rows = letters.map((letter): Cell[] => [nameOf(letter), letter.at, eventOf(letter)]);
  const [titles, ...lines] = renderTable(COLUMNS, rows, options).split('\n');
  return [titles, ...lines.flatMap((line, i) => [line, `  ${stateOf(letters[i] as Letter, options)}`])].join('\n');
}

function stateOf({ reason, replayedAt, replayFailure }: Letter, { paint }: RenderOptions): string {
  if (replayedAt) return paint('good', `replayed ${replayedAt}`);
  return paint('bad', replayFailure ? `not replayed: ${replayFailure.reason}` : reason);
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
