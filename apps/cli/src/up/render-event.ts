import type { SupervisionEvent } from '@meridian/local';
import { formatSeconds } from '../terminal/format-figures.ts';
import type { Paint } from '../terminal/terminal.ts';

/** What happened to a process, with the time of day, as it may be read much later; a death with the end of its log. */
export function renderEvent(event: SupervisionEvent, at: Date, paint: Paint): string {
  const time = paint('dim', timeOfDay(at));
  if (event.type === 'restarted')
    return `${time} ${paint('good', '✓')} ${event.name} runs again, ${formatSeconds(event.afterMs)} after it ended.`;
  const tail = paint('dim', event.logTail);
  if (event.type === 'died') {
    const again = `starting it again in ${Math.round(event.restartInMs)} ms`;
    return `${time} ${paint('warn', '!')} ${event.name} ${event.how}; ${again}.${tail}`;
  }
  return `${time} ${paint('bad', '✗')} ${event.name} ${event.how}, ${event.deaths} deaths in a short time: given up.${tail}`;
}

function timeOfDay(at: Date): string {
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((n) => String(n).padStart(2, '0')).join(':');
}
