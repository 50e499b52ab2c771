import { contextFromTraceparent, followRecord, inSpan, isSampled, tracer } from '@meridian/telemetry';
import { context, SpanKind } from '@opentelemetry/api';
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
  return inSpan(
    tracer('kafka'),
    `process ${record.topic}`,
    { kind: SpanKind.CONSUMER, attributes, links },
    work,
    parent,
  );
}
