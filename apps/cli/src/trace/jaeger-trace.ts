/** A trace as Jaeger's query API answers it; of each member only what is read here. */
export interface JaegerTrace {
  traceID: string;
  spans: JaegerSpan[];
  processes: Record<string, { serviceName: string; tags?: JaegerTag[] | null }>;
  warnings?: string[] | null;
}

export interface JaegerSpan {
  traceID: string;
  spanID: string;
  operationName: string;
  references?: { refType: string; traceID: string; spanID: string }[] | null;
  /** µs since 1970. */
  startTime: number;
  /** µs. */
  duration: number;
  tags?: JaegerTag[] | null;
  processID: string;
}

export interface JaegerTag {
  key: string;
  value: unknown;
}

/** A span as a person reads it: times are those since the first of the trace. */
export interface TraceSpan {
  id: string;
  parentId: string | undefined;
  service: string;
  operation: string;
  kind: string | undefined;
  /** Undefined for what stands outside every region. */
  region: string | undefined;
  atMs: number;
  tookMs: number;
  tags: ReadonlyMap<string, unknown>;
  isError: boolean;
}

/** The spans of a trace in the order of their start. */
export function readSpans(trace: JaegerTrace): TraceSpan[] {
  const firstUs = Math.min(...trace.spans.map((span) => span.startTime));
  return trace.spans
    .map((span): TraceSpan => {
      const process = trace.processes[span.processID];
      const tags = new Map(span.tags?.map(({ key, value }) => [key, value]));
      // Where a span points at its own parent (MERIDIAN_TRACE_MODE=both), Jaeger tells the two as one reference.
      const within = span.references?.filter((ref) => ref.traceID === span.traceID) ?? [];
      const parent = within.find((ref) => ref.refType === 'CHILD_OF') ?? within[0];
      return {
        id: span.spanID,
        parentId: parent?.spanID,
        service: process?.serviceName ?? '?',
        operation: span.operationName,
        kind: textOf(tags.get('span.kind')),
        region: textOf(tags.get('cloud.region') ?? process?.tags?.find((tag) => tag.key === 'cloud.region')?.value),
        atMs: (span.startTime - firstUs) / 1000,
        tookMs: span.duration / 1000,
        tags,
        isError: tags.get('error') === true || tags.get('error') === 'true',
      };
    })
    .sort((a, b) => a.atMs - b.atMs);
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}
