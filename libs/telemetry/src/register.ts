import { createRequire } from 'node:module';
import { startTelemetry } from './start-telemetry.ts';
import { isTraceMode, TRACE_MODES } from './trace-mode.ts';

/**
 * `node --import @meridian/telemetry/register app.js`: tracing is on before the app loads what is to be traced. Only
 * PostgreSQL is instrumented automatically: our own spans at the HTTP and Kafka boundaries cost half of what
 * instrumentation-http does, and say regions and lag where generic ones cannot.
 */
const { OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_ENDPOINT, MERIDIAN_REGION, MERIDIAN_TRACE_RATIO, DATABASE_URL } =
  process.env;
const mode = process.env.MERIDIAN_TRACE_MODE || 'child';

const ratio = Number(MERIDIAN_TRACE_RATIO || 1);
if (!(ratio >= 0 && ratio <= 1)) {
  process.stderr.write(`MERIDIAN_TRACE_RATIO must be a number from 0 to 1, not "${MERIDIAN_TRACE_RATIO}".\n`);
  process.exit(1);
}

if (!isTraceMode(mode)) {
  process.stderr.write(`MERIDIAN_TRACE_MODE must be one of ${TRACE_MODES.join(', ')}, not "${mode}".\n`);
  process.exit(1);
}

startTelemetry({
  serviceName: OTEL_SERVICE_NAME || 'unknown_service',
  region: MERIDIAN_REGION || undefined,
  endpoint: OTEL_EXPORTER_OTLP_ENDPOINT || undefined,
  ratio,
  mode,
});

// Only a process with a database pays for instrumenting its driver.
if (DATABASE_URL) {
  const { PgInstrumentation } = await import('@opentelemetry/instrumentation-pg');
  // Statements are recorded without their parameters. A polling relay and connection set-up make no spans: only SQL that
  // runs on behalf of a request or an event does.
  new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true });
  // A hook on `require` does not see ES imports. Required here once, `pg` is patched, and the app's import of it gets
  // this same module without a loader hook (which would cost 700 ms of start-up).
  createRequire(import.meta.url)('pg');
}
