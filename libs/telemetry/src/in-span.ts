import {
  type Context,
  context,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';

/** A tracer by the name of the package that makes the spans. */
export function tracer(name: string): Tracer {
  return trace.getTracer(`@meridian/${name}`);
}

/** Marks a span as failed, by the kind of failure alone: messages quote values, and values may be personal data. */
export function recordFailure(span: Span, failure: unknown): void {
  span.setAttribute('error.type', failure instanceof Error ? failure.name : typeof failure);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/**
 * Runs `work` inside a span that is active while it runs and ends with it; a throw marks the span as failed and goes on.
 * `parent` is the active context unless given.
 */
export async function inSpan<T>(
  spanTracer: Tracer,
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T> | T,
  parent: Context = context.active(),
): Promise<T> {
  const span = spanTracer.startSpan(name, options, parent);
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span));
  } catch (failure) {
    recordFailure(span, failure);
    throw failure;
  } finally {
    span.end();
  }
}
