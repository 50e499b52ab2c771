import { formatBytes, formatSeconds } from '../terminal/format-figures.ts';
import type { Paint } from '../terminal/terminal.ts';

/** What there is to say once everything is up. */
export interface Ready {
  regions: number;
  /** From the start of this process; whatever ran before it (installing, building) is not in it. */
  tookMs: number;
  /** What `tookMs` ends with: the last first order seen in every region, or, where none was placed, that all serve. */
  until: 'first-orders-everywhere' | 'serving';
  edgeUrl: string;
  docsUrl: string;
  tracesUrl: string;
  logsDir: string;
  processes: number;
  /** Of these processes; shared pages are counted once. */
  totalRssBytes: number;
  /** Of the one that supervises them, which is this one. */
  ownRssBytes: number;
  portOffset: number;
}

/** The last block of a start. Its last line is what scripts may wait for: it stands nowhere else. */
export function renderReady(ready: Ready, paint: Paint): string {
  const instance = ready.portOffset === 0 ? '' : ` --port-offset ${ready.portOffset}`;
  const end = ready.until === 'serving' ? 'until all served' : 'until the first orders were read everywhere';
  const memory = `${formatBytes(ready.totalRssBytes)} in ${ready.processes} processes`;
  const facts = [
    ['edge', ready.edgeUrl],
    ['docs', ready.docsUrl],
    ['traces', `${ready.tracesUrl}  (Jaeger's query API)`],
    ['logs', ready.logsDir],
    ['memory', `${memory}, and ${formatBytes(ready.ownRssBytes)} in this one`],
    ['time', `${formatSeconds(ready.tookMs)} from "meridian up" ${end}`],
  ] as const;
  const commands = [
    [`npx meridian status${instance}`, 'what runs, and what the edge sees'],
    [`npx meridian order${instance}`, 'an order, watched into every region'],
    [`npx meridian fault --help`, 'break it'],
  ] as const;
  const longest = Math.max(...commands.map(([command]) => command.length));
  return [
    `${paint('good', '✓')} ${paint('strong', `${ready.regions} regions serve.`)}`,
    '',
    ...facts.map(([name, value]) => `  ${name.padEnd(8)}${value}`),
    '',
    ...commands.map(([command, meaning]) => `  ${command.padEnd(longest)}  ${paint('dim', meaning)}`),
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}
