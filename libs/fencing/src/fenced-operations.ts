import { type ApiService, OPERATIONS, type Operation } from '@meridian/contracts';

/**
 * - `read`, `write`: of a client, also where a service makes it on their behalf.
 * - `peer`: what regions do for each other.
 * What operators ask of a process is answered whatever was decided about traffic.
 */
export type FencedKind = 'read' | 'write' | 'peer';

/** The fenced operations of a service, by `<method> <route>` as the router writes it. */
export function fencedOperations(service: ApiService): ReadonlyMap<string, FencedKind> {
  const fenced = OPERATIONS[service].filter(({ forOperators }) => !forOperators);
  return new Map(fenced.map((operation) => [routeOf(operation), kindOf(operation)]));
}

function routeOf({ method, path }: Operation): string {
  return `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`;
}

function kindOf({ method, betweenRegions }: Operation): FencedKind {
  if (betweenRegions) return 'peer';
  return method === 'get' ? 'read' : 'write';
}
