/**
 * Tracing as the rest of Meridian uses it: OpenTelemetry's API and short forms of it. One trace has to lead from a
 * client's request through SQL, the outbox, Kafka and the replicator into every region, so the context must survive
 * places where no call stack does: a row, a record's header. There it travels as a W3C `traceparent`.
 *
 * Nothing here loads the SDK. A process gets one by `--import @meridian/telemetry/register`; without it every span is a
 * no-op that still hands its parent on. An unsampled trace is handed on likewise and records nothing, in no region.
 *
 * Source: W3C Trace Context. Limits: `tracestate` and `baggage` do not travel.
 */

export { ATTRIBUTES } from './attributes.ts';
export { hasTracerProvider } from './has-tracer-provider.ts';
export { inSpan, recordFailure, tracer } from './in-span.ts';
export { shutdownTelemetry } from './shutdown.ts';
export {
  contextFromTraceparent,
  currentSampledTraceId,
  currentTraceId,
  currentTraceparent,
  isSampled,
  parseTraceparent,
  traceparentOf,
} from './trace-context.ts';
export { followRecord, setTraceMode, TRACE_MODES, type TraceMode } from './trace-mode.ts';
