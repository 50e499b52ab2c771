import { estimateBytes } from './estimate-bytes.ts';
import type { StoredSpan } from './stored-span.ts';

export interface StoreLimits {
  /** What all traces together may take of the heap, as `estimateBytes` counts it. */
  maxBytes: number;
  /** What one trace may take; well below `maxBytes`, or one trace could drive out all others. */
  maxTraceBytes: number;
}

export interface StoredTrace {
  traceId: string;
  /** By their id, in the order of arrival. */
  spans: Map<string, StoredSpan>;
  bytes: number;
  /** Arrived when the trace was full. */
  droppedSpans: number;
}

export interface StoreStatus {
  traces: number;
  spans: number;
  bytes: number;
  evictedTraces: number;
  droppedSpans: number;
}

/**
 * Traces in a bounded memory. A store on disk, or Jaeger, would keep them for longer; what is wanted here is that the
 * request made a moment ago can be looked at, with nothing to install and nothing that can fill up.
 *
 * - **Bounded by bytes**, not by traces or spans: the text of one SQL statement can weigh as much as ten other spans.
 * - **Whole traces leave**, the one that has been quiet for longest first. Half a trace would look like a fault of the
 *   system that it shows. Spans that come after their trace has left begin it anew.
 * - **One trace is bounded, too**: spans beyond that are dropped and counted, and the trace says so.
 * - **A span that comes again** (its export was repeated as the answer got lost) is kept once.
 *
 * Limits: everything is gone with the process.
 */
export class TraceStore {
  /** In the order of their last arrival: a Map keeps the order of insertion, and what grows is inserted anew. */
  readonly #traces = new Map<string, StoredTrace>();
  readonly #limits: StoreLimits;
  readonly #status: StoreStatus = { traces: 0, spans: 0, bytes: 0, evictedTraces: 0, droppedSpans: 0 };

  constructor(limits: StoreLimits) {
    this.#limits = limits;
  }

  add(spans: Iterable<StoredSpan>): void {
    for (const span of spans) this.#addOne(span);
  }

  get(traceId: string): StoredTrace | undefined {
    return this.#traces.get(traceId);
  }

  /** The last to have grown first. */
  newestFirst(): StoredTrace[] {
    return [...this.#traces.values()].reverse();
  }

  status(): Readonly<StoreStatus> {
    return { ...this.#status, traces: this.#traces.size };
  }

  #addOne(span: StoredSpan): void {
    const trace = this.#touch(span.traceId);
    if (trace.spans.has(span.spanId)) return;
    const bytes = estimateBytes(span);
    if (trace.bytes + bytes > this.#limits.maxTraceBytes) {
      trace.droppedSpans += 1;
      this.#status.droppedSpans += 1;
      return;
    }
    trace.spans.set(span.spanId, span);
    this.#status.spans += 1;
    this.#grow(trace, bytes);
  }

  #touch(traceId: string): StoredTrace {
    let trace = this.#traces.get(traceId);
    if (trace) this.#traces.delete(traceId);
    this.#traces.set(traceId, trace ?? { traceId, spans: new Map(), bytes: 0, droppedSpans: 0 });
    if (!trace) {
      trace = this.#traces.get(traceId) as StoredTrace;
      this.#grow(trace, TRACE_BYTES);
    }
    return trace;
  }

  /** The trace that grows is the newest, so it is never the one to leave. */
  #grow(trace: StoredTrace, bytes: number): void {
    trace.bytes += bytes;
    this.#status.bytes += bytes;
    while (this.#status.bytes > this.#limits.maxBytes) {
      const [oldest] = this.#traces.values();
      if (!oldest || oldest === trace) return;
      this.#traces.delete(oldest.traceId);
      this.#status.bytes -= oldest.bytes;
      this.#status.spans -= oldest.spans.size;
      this.#status.evictedTraces += 1;
    }
  }
}

/** Of a trace without spans: its entry, its object, the hash table of its spans. */
const TRACE_BYTES = 512;
