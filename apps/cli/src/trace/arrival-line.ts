import { formatMs } from '../terminal/format-figures.ts';
import { slowestMs, type TraceArrival } from './trace-arrivals.ts';

/** When a region could read what another wrote, as far as its spans tell. */
export function arrivalLine(
  arrival: TraceArrival,
  { width, readerWidth, linkMs }: { width: number; readerWidth: number; linkMs: number | undefined },
): string {
  const { origin, reader, topics } = arrival;
  const link = linkMs === undefined ? `link ${origin}->${reader}` : `link ${formatMs(linkMs)}`;
  const missing = topics.filter(({ lagMs }) => lagMs === null).map(({ topic }) => topic);
  if (missing.length > 0)
    return `not yet seen in ${reader.padEnd(readerWidth)}  ${missing.join(', ')} of ${origin} (${link})`;
  const all = `readable in ${reader.padEnd(readerWidth)}  +${formatMs(slowestMs(arrival))} after the commit in ${origin} (${link})`;
  const each = topics.map(({ topic, lagMs }) => `${topic} +${formatMs(lagMs ?? 0)}`).join(', ');
  const whole = `${all}: ${each}`;
  return topics.length > 1 && whole.length <= width ? whole : all;
}
