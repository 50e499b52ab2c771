import { localAddresses, urlOf } from '@meridian/regions';
import type { Session } from '../session.ts';
import type { TourStop } from './tour-stops.ts';

/** What was done, where its trace is, and what to type on Jaeger's search page to find others like it. */
export function renderStop(
  stop: TourStop,
  { terminal, topology, portOffset }: Pick<Session, 'terminal' | 'topology' | 'portOffset'>,
): string {
  const { service, operation, tags } = stop.search;
  const search = [`Service ${service}`, operation && `Operation ${operation}`, tags && `Tags ${tags}`].filter(Boolean);
  // For a browser on this machine, wherever this command runs.
  const { traceQuery } = localAddresses(topology, portOffset);
  return [
    terminal.paint('strong', stop.title),
    `  ${stop.told}`,
    ...stop.traceIds.map((id) => `  ${urlOf(traceQuery)}/trace/${id}`),
    `  search: ${search.join(' · ')}`,
    ...(stop.fault ? [`  ${terminal.paint('bad', stop.fault)}`] : []),
  ].join('\n');
}
