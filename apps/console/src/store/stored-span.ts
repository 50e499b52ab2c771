/** What is kept of a span: in the words and units of Jaeger's answers, so that searching sees what a reader sees. */
export interface StoredSpan {
  /** 32 lower-case hex digits. */
  traceId: string;
  /** 16 lower-case hex digits. */
  spanId: string;
  operation: string;
  /** `server`, `client`, …; empty when the sender did not say. */
  kind: string;
  /** Since 1970. A µs of today has 51 bits, so a number holds it exactly. */
  startUs: number;
  durationUs: number;
  references: Reference[];
  /** Sorted by key. */
  tags: Tag[];
  logs: Log[];
  process: Process;
  warnings: string[];
}

export interface Tag {
  key: string;
  type: 'string' | 'bool' | 'int64' | 'float64' | 'binary';
  value: string | number | boolean;
}

export interface Reference {
  refType: 'CHILD_OF' | 'FOLLOWS_FROM';
  traceId: string;
  spanId: string;
}

export interface Log {
  timestampUs: number;
  fields: Tag[];
}

/** Who made a span: OpenTelemetry's resource. */
export interface Process {
  serviceName: string;
  tags: Tag[];
}
