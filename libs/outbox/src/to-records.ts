import { stampHorizons } from '@meridian/consistency';
import { envelopeToHeaders } from '@meridian/contracts';
import { type OutgoingRecord, partitionOf, type TopicRecords } from '@meridian/kafka';
import { ATTRIBUTES, contextFromTraceparent, isSampled, traceparentOf, tracer } from '@meridian/telemetry';
import { type Span, SpanKind } from '@opentelemetry/api';
import type { CommittedRow } from './outbox-row.ts';

export interface Origin {
  region: string;
  service: string;
}

export interface RecordsToSend {
  /** By topic, each topic's in the order of the rows. */
  topics: TopicRecords[];
  /** One `send <topic>` per row whose trace is recorded; begun, and to be ended when the records are acknowledged. */
  spans: Span[];
}

/**
 * The records of rows that are given the sequences `firstSequence`, `firstSequence` + 1, … Called again with the same
 * rows and bound it makes the same records, but for the spans. The partition is chosen here, as it is what a record's
 * horizon speaks of: everything of a transaction below `bound` is among these rows or was sent before.
 */
export function toRecords(
  rows: readonly CommittedRow[],
  firstSequence: number,
  origin: Origin,
  bound: string,
  partitions: number,
): RecordsToSend {
  const spans: Span[] = [];
  const byTopic = new Map<string, OutgoingRecord[]>();
  const horizons = stampHorizons(
    rows.map((row) => ({ lane: laneOf(row, partitions), transaction: row.tx })),
    bound,
  );
  for (const [i, row] of rows.entries()) {
    const sequence = firstSequence + i;
    const traceparent = row.traceparent ?? undefined;
    const span = isSampled(traceparent) ? startSpan(row, sequence, origin) : undefined;
    if (span) spans.push(span);
    const records = byTopic.get(row.topic) ?? [];
    byTopic.set(row.topic, records);
    records.push(
      toRecord(row, sequence, horizons[i] as string, partitions, origin, span ? traceparentOf(span) : traceparent),
    );
  }
  return { topics: [...byTopic].map(([topic, records]) => ({ topic, records })), spans };
}

/** The partition of a row, with its topic: `<topic>/<partition>`. */
export function laneOf({ topic, key }: { topic: string; key: string }, partitions: number): string {
  return `${topic}/${partitionOf(key, partitions)}`;
}

function toRecord(
  row: CommittedRow,
  sequence: number,
  horizon: string,
  partitions: number,
  { region, service }: Origin,
  traceparent: string | undefined,
): OutgoingRecord {
  const headers = envelopeToHeaders({
    id: `${region}/${service}/${sequence}`,
    source: `/${region}/${service}`,
    type: row.type,
    subject: row.key,
    time: row.committedAt.toISOString(),
    originRegion: region,
    originSequence: sequence,
    hlc: row.hlc,
    transaction: row.tx,
    horizon,
    deps: row.deps ?? undefined,
  });
  if (traceparent) headers.traceparent = traceparent;
  return {
    key: row.key,
    partition: partitionOf(row.key, partitions),
    value: row.value,
    headers,
    timestampMs: row.committedAt.getTime(),
  };
}

function startSpan(row: CommittedRow, sequence: number, { region }: Origin): Span {
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': row.topic,
    'messaging.kafka.message.key': row.key,
    [ATTRIBUTES.originRegion]: region,
    [ATTRIBUTES.originSequence]: sequence,
  };
  const parent = contextFromTraceparent(row.traceparent ?? undefined);
  return tracer('outbox').startSpan(`send ${row.topic}`, { kind: SpanKind.PRODUCER, attributes }, parent);
}
