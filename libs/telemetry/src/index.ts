export { ATTRIBUTES } from './attributes.ts';
export { inSpan, recordFailure, tracer } from './in-span.ts';
export { shutdownTelemetry, startTelemetry, type TelemetryOptions } from './start-telemetry.ts';
export {
  activeContext,
  contextFromTraceparent,
  currentTraceId,
  currentTraceparent,
  isSampled,
  parseTraceparent,
  traceparentOf,
} from './trace-context.ts';
