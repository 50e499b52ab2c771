import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/** When the exporter is loaded, unless spans ask for it sooner: after the start of the process, before its first trace. */
const LOAD_AFTER_MS = 1_000;
const FAILED = 1;

/**
 * OpenTelemetry's OTLP/HTTP JSON exporter, loaded late. Its packages (which bring logs and metrics with them) take some
 * 60 ms to load, and a dozen processes that start at once on two cores would all pay that before they could serve.
 */
export function createOtlpExporter(endpoint: string, timeoutMillis: number): SpanExporter {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  let loading: Promise<SpanExporter> | undefined;
  const load = (): Promise<SpanExporter> => {
    loading ??= import('@opentelemetry/exporter-trace-otlp-http').then(
      ({ OTLPTraceExporter }) => new OTLPTraceExporter({ url, timeoutMillis }),
    );
    return loading;
  };
  setTimeout(load, LOAD_AFTER_MS).unref();
  return {
    export(spans: ReadableSpan[], done) {
      load().then(
        (exporter) => exporter.export(spans, done),
        (error: Error) => done({ code: FAILED, error }),
      );
    },
    async shutdown() {
      await (await loading)?.shutdown();
    },
  };
}
