import { createRequire } from 'node:module';
import { startTelemetry } from './start-telemetry.ts';

/**
 * `node --import @meridian/telemetry/register app.js`: tracing is on before the app loads what is to be traced.
 * With ES modules a hook on `require` sees nothing, so `pg` is required here once, after registering: the app's later
 * import then gets the instrumented module, and no loader hook (700 ms of start-up) is needed.
 */
const { OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_ENDPOINT, MERIDIAN_REGION, MERIDIAN_TRACE_RATIO } = process.env;

const ratio = Number(MERIDIAN_TRACE_RATIO ?? 1);
if (!(ratio >= 0 && ratio <= 1)) {
  console.error(`MERIDIAN_TRACE_RATIO must be a number from 0 to 1, not "${MERIDIAN_TRACE_RATIO}".`);
  process.exit(1);
}

startTelemetry({
  serviceName: OTEL_SERVICE_NAME ?? 'unknown_service',
  region: MERIDIAN_REGION || undefined,
  endpoint: OTEL_EXPORTER_OTLP_ENDPOINT || undefined,
  ratio,
});

// Absent in a process that uses no database.
try {
  createRequire(import.meta.url)('pg');
} catch (failure) {
  if ((failure as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw failure;
}
