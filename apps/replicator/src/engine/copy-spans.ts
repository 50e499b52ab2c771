import { remoteTopic } from '@meridian/contracts';
import { headerText, type IncomingRecord } from '@meridian/kafka';
import { ATTRIBUTES, followRecord, isSampled, recordFailure, tracer } from '@meridian/telemetry';
import { type Span, SpanKind } from '@opentelemetry/api';

/** What a span is made of. */
export type TracedRecord = Pick<IncomingRecord, 'topic' | 'partition' | 'timestampMs' | 'rawHeaders'>;

export interface Link {
  /** The region where the records come from. */
  origin: string;
  /** The region into which they are copied. */
  region: string;
}

/**
 * Runs `work`, which copies `records`, under a span `replicate <copy's topic>` for each record whose trace is recorded:
 * it begins now and ends with the work. Any other record costs a look at its header. The spans follow from what sent the
 * record (as its children or linked to it: `MERIDIAN_TRACE_MODE`), as the consumer's span behind the copy does: a copied
 * record is not changed, so its `traceparent` is neither.
 */
export async function inCopySpans(
  records: readonly TracedRecord[],
  link: Link,
  work: () => Promise<void>,
): Promise<void> {
  const begun: [TracedRecord, Span][] = [];
  for (const record of records) {
    const traceparent = sampledTraceOf(record);
    if (traceparent) begun.push([record, startSpan(record, link, traceparent)]);
  }
  try {
    await work();
    const nowMs = Date.now();
    for (const [{ timestampMs }, span] of begun) span.setAttribute(ATTRIBUTES.lagMs, nowMs - timestampMs);
  } catch (failure) {
    for (const [, span] of begun) recordFailure(span, failure);
    throw failure;
  } finally {
    for (const [, span] of begun) span.end();
  }
}

/**
 * The same for copies that somebody else has made, who makes no spans, once they are seen: from when the record was sent to
 * now. `records` are told as they were at their origin.
 */
export function deriveCopySpans(records: readonly TracedRecord[], link: Link): void {
  for (const record of records) {
    const traceparent = sampledTraceOf(record);
    if (!traceparent) continue;
    const seenAtMs = Math.max(Date.now(), record.timestampMs);
    const span = startSpan(record, link, traceparent, record.timestampMs);
    span.setAttributes({ [ATTRIBUTES.derived]: true, [ATTRIBUTES.lagMs]: seenAtMs - record.timestampMs });
    span.end(seenAtMs);
  }
}

function sampledTraceOf(record: TracedRecord): string | undefined {
  const traceparent = headerText(record, 'traceparent');
  return traceparent && isSampled(traceparent) ? traceparent : undefined;
}

function startSpan(record: TracedRecord, { origin, region }: Link, traceparent: string, startedAtMs?: number): Span {
  const topic = remoteTopic(origin, record.topic);
  const sequence = Number(headerText(record, 'ce_originseq'));
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'replicate',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(record.partition),
    [ATTRIBUTES.link]: `${origin}->${region}`,
    [ATTRIBUTES.originRegion]: origin,
    ...(sequence > 0 ? { [ATTRIBUTES.originSequence]: sequence } : {}),
  };
  const { parent, links } = followRecord(traceparent);
  const options = { kind: SpanKind.CONSUMER, attributes, links, ...(startedAtMs && { startTime: startedAtMs }) };
  return tracer('replicator').startSpan(`replicate ${topic}`, options, parent);
}
