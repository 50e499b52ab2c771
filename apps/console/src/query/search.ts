import type { StoredSpan } from '../store/stored-span.ts';
import type { StoredTrace } from '../store/trace-store.ts';

export interface Search {
  service: string;
  operation: string | undefined;
  /** All must match; values are compared as texts. */
  tags: ReadonlyMap<string, string>;
  /** Between which times a span began. */
  fromUs: number;
  toUs: number;
  minDurationUs: number | undefined;
  maxDurationUs: number | undefined;
  /** Of traces. */
  limit: number;
}

/** The ids of the first `limit` traces that hold a span of which all is true that is asked for. */
export function findTraces(traces: Iterable<StoredTrace>, search: Search): string[] {
  const found: string[] = [];
  for (const { traceId, spans } of traces) {
    if (found.length === search.limit) break;
    for (const span of spans.values()) {
      if (!matches(span, search)) continue;
      found.push(traceId);
      break;
    }
  }
  return found;
}

function matches(span: StoredSpan, search: Search): boolean {
  return (
    span.process.serviceName === search.service &&
    (search.operation === undefined || span.operation === search.operation) &&
    span.startUs >= search.fromUs &&
    span.startUs <= search.toUs &&
    span.durationUs >= (search.minDurationUs ?? 0) &&
    span.durationUs <= (search.maxDurationUs ?? Number.POSITIVE_INFINITY) &&
    [...search.tags].every(([key, value]) => hasTag(span, key, value))
  );
}

/** A tag of the span, of its process, or of one of its logs. */
function hasTag({ tags, process, logs }: StoredSpan, key: string, value: string): boolean {
  const isIn = (list: StoredSpan['tags']) => list.some((tag) => tag.key === key && String(tag.value) === value);
  return isIn(tags) || isIn(process.tags) || logs.some(({ fields }) => isIn(fields));
}
