import { type Context, isSpanContextValid, ROOT_CONTEXT, type Span, type SpanContext, trace } from '@opentelemetry/api';

/**
 * W3C trace context as a string, because that is what a row of the outbox, a record's header and an HTTP header hold.
 */

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

function format({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`;
}

/** The `traceparent` of a span, sampled or not. */
export function traceparentOf(span: Span): string {
  return format(span.spanContext());
}

/** The `traceparent` of the active span; undefined when there is none. */
export function currentTraceparent(): string | undefined {
  const active = trace.getActiveSpan()?.spanContext();
  return active && isSpanContextValid(active) ? format(active) : undefined;
}

/** The id of the active trace, 32 hex digits; undefined when there is none. */
export function currentTraceId(): string | undefined {
  const active = trace.getActiveSpan()?.spanContext();
  return active && isSpanContextValid(active) ? active.traceId : undefined;
}

/** The same, but undefined for a trace that is not recorded: what is kept should lead somewhere. */
export function currentSampledTraceId(): string | undefined {
  return isSampled(currentTraceparent()) ? currentTraceId() : undefined;
}

/** Reads a `traceparent`; undefined when it is absent, malformed or all zeros. */
export function parseTraceparent(traceparent: string | undefined): SpanContext | undefined {
  const [, version, traceId, spanId, flags, appended] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (!traceId || !spanId || !flags) return undefined;
  // Version 00 ends with the flags, later ones may append fields, and ff is no version.
  if (version === 'ff' || (version === '00' && appended)) return undefined;
  const parsed = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(parsed) ? parsed : undefined;
}

/** A context whose spans become children of `traceparent`; the root context when that cannot be read. */
export function contextFromTraceparent(traceparent: string | undefined): Context {
  const parent = parseTraceparent(traceparent);
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}

/** Whether a span begun under `traceparent` would be recorded. */
export function isSampled(traceparent: string | undefined): boolean {
  return ((parseTraceparent(traceparent)?.traceFlags ?? 0) & 1) === 1;
}
