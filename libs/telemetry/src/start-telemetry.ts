import { randomUUID } from 'node:crypto';
import { context, propagation, TraceFlags, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { createOtlpExporter } from './otlp-exporter.ts';
import { setTelemetryShutdown } from './shutdown.ts';
import { setTraceMode, type TraceMode } from './trace-mode.ts';

export interface TelemetryOptions {
  serviceName: string;
  /** Absent for what stands outside every region (the edge). */
  region?: string;
  /** Base address of an OTLP/HTTP collector. Without one, spans have ids and are passed on, but go nowhere. */
  endpoint?: string;
  /** Share of new traces that are recorded, 0 to 1. A trace begun elsewhere keeps the decision it came with. */
  ratio: number;
  /** How a consumer's span is tied to the producer's. Default: `child`. */
  mode?: TraceMode;
  /** In place of export over OTLP, for tests. */
  processors?: SpanProcessor[];
}

/** Soon enough that a person who looks up a trace right after placing an order finds it. */
const EXPORT_EVERY_MS = 200;
const EXPORT_LIMIT_MS = 3_000;
const QUEUE_SPANS = 8_192;

/**
 * Starts tracing for this process. The sampling decision is made once, where a trace begins, so that a trace is whole in
 * all regions or absent from all.
 */
export function startTelemetry(options: TelemetryOptions): TracerProvider {
  const exporting = (endpoint: string) =>
    new BatchSpanProcessor({
      exporter: createOtlpExporter(endpoint, EXPORT_LIMIT_MS),
      scheduledDelayMillis: EXPORT_EVERY_MS,
      exportTimeoutMillis: EXPORT_LIMIT_MS,
      maxQueueSize: QUEUE_SPANS,
    });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.serviceName,
      'service.namespace': 'meridian',
      'service.instance.id': randomUUID(),
      ...(options.region ? { 'cloud.region': options.region } : {}),
    }),
    sampler: new ParentBasedSampler({ root: followingSampler(new TraceIdRatioBasedSampler(options.ratio)) }),
    spanProcessors: options.processors ?? (options.endpoint ? [exporting(options.endpoint)] : []),
  });
  setTraceMode(options.mode ?? 'child');
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  setTelemetryShutdown(() => provider.shutdown());
  return provider;
}

/** A trace that begins by pointing back at a recorded one is recorded, too: the chain is whole or not there at all. */
function followingSampler(otherwise: Sampler): Sampler {
  return {
    shouldSample: (parent, traceId, name, kind, attributes, links) =>
      links.some((link) => link.context.traceFlags & TraceFlags.SAMPLED)
        ? { decision: SamplingDecision.RECORD_AND_SAMPLED }
        : otherwise.shouldSample(parent, traceId, name, kind, attributes, links),
    toString: () => `Following{${otherwise}}`,
  };
}
