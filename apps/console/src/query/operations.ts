import type { StoredTrace } from '../store/trace-store.ts';

export interface Operation {
  name: string;
  spanKind: string;
}

/** By service, sorted. Read off what is kept: a service whose last trace has left is not known any more. */
export function operationsByService(traces: Iterable<StoredTrace>): Map<string, Operation[]> {
  const byService = new Map<string, Map<string, Operation>>();
  for (const { spans } of traces)
    for (const { operation, kind, process } of spans.values()) {
      const known = byService.get(process.serviceName) ?? new Map<string, Operation>();
      byService.set(process.serviceName, known);
      known.set(`${operation}\n${kind}`, { name: operation, spanKind: kind });
    }
  const sorted = [...byService].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(
    sorted.map(([service, known]) => [
      service,
      [...known.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, operation]) => operation),
    ]),
  );
}
