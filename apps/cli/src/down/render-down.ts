import type { StopResult } from '@meridian/local';
import { formatSeconds } from '../terminal/format-figures.ts';

export function renderDown({ stoppedRunner, leftovers }: StopResult, ms: number, portOffset: number): string {
  const instance = portOffset === 0 ? 'Meridian' : `Meridian at port offset ${portOffset}`;
  const left = leftovers.join(', ');
  if (stoppedRunner === undefined)
    return leftovers.length === 0
      ? `${instance} was not running.`
      : `${instance} was not running, but a run that was killed had left processes behind; ended ${left}.`;
  const stopped = `Stopped ${instance} (pid ${stoppedRunner}) in ${formatSeconds(ms)}.`;
  return leftovers.length === 0 ? stopped : `${stopped} It had left processes behind; ended ${left}.`;
}
