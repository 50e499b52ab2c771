import { urlOf } from '@meridian/regions';
import { http } from './http.ts';
import { addresses } from './system.ts';

/** A span as a test wants it; made from Jaeger's JSON. */
export interface SeenSpan {
  traceId: string;
  id: string;
  /** Undefined for the root and for a parent outside the trace. */
  parentId: string | undefined;
  name: string;
  service: string;
  region: string | undefined;
  kind: string | undefined;
  startMs: number;
  durationMs: number;
  tags: Record<string, string | number | boolean>;
  links: { traceId: string; spanId: string }[];
}

interface JaegerTag {
  key: string;
  value: string | number | boolean;
}
interface JaegerSpan {
  traceID: string;
  spanID: string;
  operationName: string;
  references: { refType: string; traceID: string; spanID: string }[];
  startTime: number;
  duration: number;
  tags: JaegerTag[];
  processID: string;
}
interface JaegerTrace {
  traceID: string;
  spans: JaegerSpan[];
  processes: Record<string, { serviceName: string; tags: JaegerTag[] }>;
}

const toRecord = (tags: JaegerTag[] = []) => Object.fromEntries(tags.map((t) => [t.key, t.value]));

/** The spans of a trace as Jaeger's query API answers them; empty when it knows no such trace. */
export async function spansOf(traceId: string): Promise<SeenSpan[]> {
  const answer = await http(`${urlOf(addresses.traceQuery)}/api/traces/${traceId}`);
  if (answer.status === 404) return [];
  return (answer.body.data as JaegerTrace[]).flatMap(seenSpans);
}

/** The spans of the traces that Jaeger's search page would list: those of the last minutes with such a span. */
export async function findSpans(search: { service: string; operation: string }): Promise<SeenSpan[]> {
  const now = Date.now();
  const range = { start: String((now - 600_000) * 1_000), end: String(now * 1_000), limit: '200' };
  const answer = await http(
    `${urlOf(addresses.traceQuery)}/api/traces?${new URLSearchParams({ ...search, ...range })}`,
  );
  return (answer.body.data as JaegerTrace[]).flatMap(seenSpans);
}

function seenSpans(trace: JaegerTrace): SeenSpan[] {
  return trace.spans.map((span) => {
    const process = trace.processes[span.processID];
    const tags = toRecord(span.tags);
    const resource = toRecord(process?.tags);
    // Where a span points at its own parent (MERIDIAN_TRACE_MODE=both), Jaeger tells the two as one reference.
    const within = span.references.filter((r) => r.traceID === span.traceID);
    const parent = within.find((r) => r.refType === 'CHILD_OF') ?? within[0];
    return {
      traceId: trace.traceID,
      id: span.spanID,
      parentId: parent?.spanID,
      name: span.operationName,
      service: process?.serviceName ?? '',
      region: (tags['cloud.region'] ?? resource['cloud.region']) as string | undefined,
      kind: tags['span.kind'] as string | undefined,
      startMs: span.startTime / 1000,
      durationMs: span.duration / 1000,
      tags,
      links: span.references
        .filter((r) => r.refType === 'FOLLOWS_FROM')
        .map((r) => ({ traceId: r.traceID, spanId: r.spanID })),
    };
  });
}
