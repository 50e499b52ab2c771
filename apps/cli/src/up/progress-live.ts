import type { Terminal } from '../terminal/terminal.ts';
import type { Progress } from './progress.ts';
import { renderUnderWay } from './render-step.ts';

const REDRAW_EVERY_MS = 100;

/**
 * For terminals: what is under way stands at the bottom, with its seconds, and is drawn over again; what has ended moves
 * up and stays. Nothing of the terminal is changed that would have to be put back, so any end leaves it usable.
 */
export function liveProgress(terminal: Pick<Terminal, 'write' | 'width' | 'paint'>): Progress {
  const beganAt = new Map<string, number>();
  let drawnLines = 0;
  let turn = 0;
  let timer: NodeJS.Timeout | undefined;

  const draw = (...above: string[]) => {
    const now = performance.now();
    const underWay = [...beganAt].map(([name, at]) => ({ name, ms: now - at }));
    const below = renderUnderWay(underWay, turn, terminal);
    // Up to where the last drawing began, and clear from there on.
    const back = drawnLines > 0 ? `\u001b[${drawnLines}A\u001b[J` : '';
    terminal.write(back + [...above, ...below].map((line) => `${line}\n`).join(''));
    drawnLines = below.length;
  };
  const redraw = () => {
    turn += 1;
    draw();
  };
  const rest = () => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    begin(name) {
      beganAt.set(name, performance.now());
      timer ??= setInterval(redraw, REDRAW_EVERY_MS);
      draw();
    },
    finish(name, line) {
      beganAt.delete(name);
      if (beganAt.size === 0) rest();
      draw(line);
    },
    line: (text = '') => draw(text),
    close() {
      beganAt.clear();
      rest();
      draw();
    },
  };
}
