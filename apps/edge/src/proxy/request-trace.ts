import { ATTRIBUTES, contextFromTraceparent, traceparentOf, tracer } from '@meridian/telemetry';
import {
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Upstream } from '../routing/upstreams.ts';

/**
 * The spans of one request: a SERVER span, and a CLIENT span per region tried. Contexts are handed on by hand, as there
 * are two of them: no asynchronous storage, no instrumentation. An unsampled request costs its ids and nothing more.
 */
export class RequestTrace {
  readonly span: Span;
  readonly traceId: string | undefined;
  readonly #traceparent: string | undefined;
  readonly #context: Context | undefined;
  static #tracer: Tracer | undefined;

  constructor(method: string, route: string, clientTraceparent: string | string[] | undefined) {
    RequestTrace.#tracer ??= tracer('edge');
    const parent = typeof clientTraceparent === 'string' ? contextFromTraceparent(clientTraceparent) : ROOT_CONTEXT;
    this.span = RequestTrace.#tracer.startSpan(
      `${method} ${route}`,
      { kind: SpanKind.SERVER, attributes: { 'http.request.method': method, 'http.route': route } },
      parent,
    );
    const valid = isSpanContextValid(this.span.spanContext());
    this.traceId = valid ? this.span.spanContext().traceId : undefined;
    this.#traceparent = valid ? traceparentOf(this.span) : undefined;
    this.#context = this.span.isRecording() ? trace.setSpan(parent, this.span) : undefined;
  }

  attempt(upstream: Upstream, number: number): AttemptTrace {
    if (!this.#context || !RequestTrace.#tracer) return { traceparent: this.#traceparent, end: () => {} };
    const span = RequestTrace.#tracer.startSpan(
      `edge → ${upstream.region}`,
      {
        kind: SpanKind.CLIENT,
        attributes: {
          [ATTRIBUTES.link]: upstream.link,
          'meridian.edge.attempt': number,
          'meridian.edge.region': upstream.region,
        },
      },
      this.#context,
    );
    return { traceparent: traceparentOf(span), end: (outcome) => endSpan(span, outcome, 400) };
  }

  end(outcome: number | string): void {
    endSpan(this.span, outcome, 500);
  }
}

export interface AttemptTrace {
  traceparent: string | undefined;
  /** With the status answered, or with why there was none. */
  end(outcome: number | string): void;
}

/** What a server calls an error begins at 500, for a client at 400 (OpenTelemetry's semantic conventions for HTTP). */
function endSpan(span: Span, outcome: number | string, errorFrom: number): void {
  // Not sampled, or ended already (an answer that broke off after its head).
  if (!span.isRecording()) return;
  if (typeof outcome === 'number') span.setAttribute('http.response.status_code', outcome);
  if (typeof outcome === 'string') span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
  else if (outcome >= errorFrom) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
