import { contextFromTraceparent, followRecord, inSpan, isSampled, tracer } from '@meridian/telemetry';
import { type Context, context, SpanKind, type SpanOptions, trace } from '@opentelemetry/api';
import { headerText, type IncomingRecord } from './record.ts';

/**
 * Runs what is done with a record inside a span that follows from the trace that its `traceparent` header names, in it or
 * linked to it (`MERIDIAN_TRACE_MODE`), when that trace is recorded; and otherwise without one, but so that it is handed
 * on. A record without a trace begins none.
 */
export async function inProcessSpan<T>(record: IncomingRecord, groupId: string, work: () => Promise<T>): Promise<T> {
  const traceparent = headerText(record, 'traceparent');
  if (!isSampled(traceparent)) return context.with(contextFromTraceparent(traceparent), work);
  const { parent, links } = followRecord(traceparent);
  return inSpan(tracer('kafka'), nameOf(record), { ...optionsOf(record, groupId), links }, work, parent);
}

/** A record that is handled together with others, and its own span. */
export interface RecordInSpan {
  readonly record: IncomingRecord;
  /** Runs `work` as `inProcessSpan` would: what it finds active is of this record alone. */
  inSpan<T>(work: () => T): T;
}

/** Likewise, for a record that is handled together with `count`, itself included. A span that is not ended is never told. */
export function beginProcessSpan(
  record: IncomingRecord,
  groupId: string,
  count: number,
): RecordInSpan & { end(): void } {
  const traceparent = headerText(record, 'traceparent');
  if (!isSampled(traceparent)) return of(record, contextFromTraceparent(traceparent), () => undefined);
  const { parent, links } = followRecord(traceparent);
  const span = tracer('kafka').startSpan(nameOf(record), { ...optionsOf(record, groupId), links }, parent);
  span.setAttribute('messaging.batch.message_count', count);
  return of(record, trace.setSpan(parent, span), () => span.end());
}

function of(record: IncomingRecord, within: Context, end: () => void) {
  return { record, inSpan: <T>(work: () => T): T => context.with(within, work), end };
}

function nameOf({ topic }: IncomingRecord): string {
  return `process ${topic}`;
}

function optionsOf(record: IncomingRecord, groupId: string): SpanOptions {
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': record.topic,
    'messaging.destination.partition.id': String(record.partition),
    'messaging.kafka.offset': Number(record.offset),
    ...(record.key && { 'messaging.kafka.message.key': record.key.toString('utf8') }),
    'messaging.consumer.group.name': groupId,
  };
  return { kind: SpanKind.CONSUMER, attributes };
}
