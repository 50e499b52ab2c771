import { randomUUID } from 'node:crypto';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

export interface TelemetryOptions {
  serviceName: string;
  /** Absent for what stands outside every region (the edge). */
  region?: string;
  /** Base address of an OTLP/HTTP collector. Without one, spans have ids and are passed on, but go nowhere. */
  endpoint?: string;
  /** Share of new traces that are recorded, 0 to 1. A trace begun elsewhere keeps the decision it came with. */
  ratio: number;
  /** In place of export over OTLP, for tests. */
  processors?: SpanProcessor[];
}

const EXPORT_EVERY_MS = 200;
const EXPORT_LIMIT_MS = 3_000;
const QUEUE_SPANS = 8_192;

let provider: TracerProvider | undefined;

/**
 * Starts tracing for this process. Only PostgreSQL is instrumented automatically: our own spans at the HTTP and Kafka
 * boundaries cost half of what instrumentation-http does, and say regions and lag where generic ones cannot.
 */
export function startTelemetry(options: TelemetryOptions): void {
  const exporting = options.endpoint
    ? [
        new BatchSpanProcessor({
          exporter: new OTLPTraceExporter({ url: `${options.endpoint}/v1/traces`, timeoutMillis: EXPORT_LIMIT_MS }),
          scheduledDelayMillis: EXPORT_EVERY_MS,
          exportTimeoutMillis: EXPORT_LIMIT_MS,
          maxQueueSize: QUEUE_SPANS,
        }),
      ]
    : [];
  provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.serviceName,
      'service.namespace': 'meridian',
      'service.instance.id': randomUUID(),
      ...(options.region ? { 'cloud.region': options.region } : {}),
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.ratio) }),
    spanProcessors: options.processors ?? exporting,
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  // A polling relay and connection set-up make no spans: only SQL that runs on behalf of a request or an event does.
  registerInstrumentations({
    instrumentations: [new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true })],
  });
}

/** Sends what is still queued, within a bound, and ends tracing. Never rejects: a lost span must not fail a clean stop. */
export async function shutdownTelemetry(): Promise<void> {
  const ending = provider;
  provider = undefined;
  await ending?.shutdown().catch(() => undefined);
}
