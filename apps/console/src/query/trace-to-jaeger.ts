import type { Process, Reference, StoredSpan, Tag } from '../store/stored-span.ts';
import type { StoredTrace } from '../store/trace-store.ts';

/** A trace in the JSON of Jaeger's query API, member by member; `null` where Go has an empty list. */
export interface JaegerTrace {
  traceID: string;
  spans: JaegerSpan[];
  processes: Record<string, Process>;
  warnings: string[] | null;
}

export interface JaegerSpan {
  traceID: string;
  spanID: string;
  operationName: string;
  references: { refType: Reference['refType']; traceID: string; spanID: string }[];
  startTime: number;
  duration: number;
  tags: Tag[];
  logs: { timestamp: number; fields: Tag[] }[];
  processID: string;
  warnings: string[] | null;
}

/** Spans in the order of their start, which Jaeger leaves open. */
export function traceToJaeger({ traceId, spans, droppedSpans }: StoredTrace): JaegerTrace {
  const processes: Record<string, Process> = {};
  const idByProcess = new Map<string, string>();
  const processIdOf = (process: Process): string => {
    // Each export brings its process anew: the same one is known by what it says of itself.
    const key = JSON.stringify(process);
    const known = idByProcess.get(key);
    if (known) return known;
    const id = `p${idByProcess.size + 1}`;
    idByProcess.set(key, id);
    processes[id] = process;
    return id;
  };
  const ordered = [...spans.values()].sort((a, b) => a.startUs - b.startUs);
  return {
    traceID: toJaegerTraceId(traceId),
    spans: ordered.map((span) => spanToJaeger(span, processIdOf(span.process))),
    processes,
    warnings: droppedSpans > 0 ? [droppedSentence(droppedSpans)] : null,
  };
}

function spanToJaeger(span: StoredSpan, processID: string): JaegerSpan {
  return {
    traceID: toJaegerTraceId(span.traceId),
    spanID: span.spanId,
    operationName: span.operation,
    references: span.references.map(({ refType, traceId, spanId }) => ({
      refType,
      traceID: toJaegerTraceId(traceId),
      spanID: spanId,
    })),
    startTime: span.startUs,
    duration: span.durationUs,
    tags: span.tags,
    logs: span.logs.map(({ timestampUs, fields }) => ({ timestamp: timestampUs, fields })),
    processID,
    warnings: span.warnings.length > 0 ? span.warnings : null,
  };
}

/** Jaeger writes ids of 64 bits with 16 digits, as they were before there were longer ones. */
function toJaegerTraceId(traceId: string): string {
  return traceId.startsWith('0000000000000000') ? traceId.slice(16) : traceId;
}

function droppedSentence(spans: number): string {
  return `This trace is not whole: ${spans} span${spans === 1 ? ' was' : 's were'} dropped, as it had grown to the size that one trace may have.`;
}
