import { renderObservedStep } from '../order/render-observed-step.ts';
import { formatSeconds } from '../terminal/format-figures.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { liveProgress } from './progress-live.ts';
import { plainProgress } from './progress-plain.ts';
import { renderEvent } from './render-event.ts';
import { renderReady } from './render-ready.ts';
import { renderEndedStep } from './render-step.ts';
import type { UpReport } from './up-report.ts';

const STOPPING = 'stopping';

export function textReport(terminal: Terminal, portOffset: number): UpReport {
  const progress = terminal.interactive ? liveProgress(terminal) : plainProgress(terminal);
  const { paint, width } = terminal;
  // From the first failure on, or when everything is being stopped, what fails does so because it is broken off.
  let breakingOff = false;
  return {
    step(step) {
      if (step.state === 'started') return progress.begin(step.name);
      progress.finish(step.name, renderEndedStep(step, paint, breakingOff));
      if (step.state === 'failed') breakingOff = true;
    },
    note: (sentence) => progress.line(`  ${sentence}`),
    firstOrder: (observed) => progress.line(`\n${renderObservedStep(observed, { width, paint, portOffset })}`),
    ready: (ready) => progress.line(`\n${renderReady(ready, paint)}`),
    event: (event) => progress.line(renderEvent(event, new Date(), paint)),
    stopping() {
      breakingOff = true;
      progress.begin(STOPPING, true);
    },
    stoppingAlready: (left) =>
      progress.line(left.length > 0 ? `Already stopping; still there: ${left.join(', ')}.` : 'Already stopping.'),
    stopped: (ms) =>
      progress.finish(
        STOPPING,
        `${paint('good', '✓')} stopped everything${ms === undefined ? '' : ` in ${formatSeconds(ms)}`}`,
      ),
    close: () => progress.close(),
  };
}
