import type { Step } from '@meridian/local';
import { formatSeconds } from '../terminal/format-figures.ts';
import type { Paint } from '../terminal/terminal.ts';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** A step that has ended. `givenUp`: it was broken off because of something else, and is not to blame. */
export function renderEndedStep({ name, state, ms = 0 }: Step, paint: Paint, givenUp = false): string {
  const took = paint('dim', `(${formatSeconds(ms)})`);
  if (state === 'done') return `${paint('good', '✓')} ${name} ${took}`;
  if (givenUp) return paint('dim', `– ${name}, broken off (${formatSeconds(ms)})`);
  return `${paint('bad', '✗')} ${name} ${took}`;
}

/** One line each; never longer than the terminal is wide, since a wrapped line could not be drawn over. */
export function renderUnderWay(
  underWay: readonly { name: string; ms: number }[],
  turn: number,
  { width, paint }: { width: number; paint: Paint },
): string[] {
  const spinner = SPINNER[turn % SPINNER.length] ?? '';
  return underWay.map(({ name, ms }) => {
    const seconds = formatSeconds(ms);
    const room = Math.max(1, width - seconds.length - 4);
    const text = name.length <= room ? name : `${name.slice(0, room - 1)}…`;
    return `${paint('warn', spinner)} ${text} ${paint('dim', seconds)}`;
  });
}
