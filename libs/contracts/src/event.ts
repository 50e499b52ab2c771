import type { z } from 'zod';

/**
 * The envelope of an event: CloudEvents 1.0 in Kafka's binary mode, that is, attributes as `ce_*` headers and the value
 * left to the payload. Extension names are lower-case letters and digits only, as the specification asks.
 */
export interface EventEnvelope {
  /** `<region>/<service>/<sequence>`: the same whenever the same event is published again. */
  id: string;
  /** `/<region>/<service>`. */
  source: string;
  /** `meridian.<aggregate>.<past tense>.v1`, e.g. `meridian.order.placed.v1`. */
  type: string;
  /** The aggregate's id: opaque, never personal data, as it is also the record's key and is exported with traces. */
  subject: string;
  /** When the write was committed at its origin, ISO 8601 with milliseconds. */
  time: string;
  originRegion: string;
  /** Gap-free per source, beginning at 1, given at publish. */
  originSequence: number;
  /** The hybrid logical clock reading of the write. */
  hlc: string;
  /** The number of the transaction that wrote it (`xid8`), as session tokens name it. */
  transaction?: string;
  /** Everything of the source below this transaction that belongs to this partition is in it, at or before this record. */
  horizon?: string;
  /** What the author had seen when it wrote: a session token. */
  deps?: string;
}

const CONTENT_TYPE = 'application/json';

export function envelopeToHeaders(event: EventEnvelope): Record<string, string> {
  return {
    'content-type': CONTENT_TYPE,
    ce_specversion: '1.0',
    ce_id: event.id,
    ce_source: event.source,
    ce_type: event.type,
    ce_subject: event.subject,
    ce_time: event.time,
    ce_originregion: event.originRegion,
    ce_originseq: String(event.originSequence),
    ce_hlc: event.hlc,
    ...(event.transaction && { ce_tx: event.transaction }),
    ...(event.horizon && { ce_horizon: event.horizon }),
    ...(event.deps && { ce_deps: event.deps }),
  };
}

/** Throws with the name of the header that is missing or wrong. Unknown headers are ignored (tolerant reader). */
export function envelopeFromHeaders(headers: Readonly<Record<string, string | undefined>>): EventEnvelope {
  const required = (name: string): string => {
    const value = headers[name];
    if (value === undefined || value === '') throw new Error(`the header ${name} is missing`);
    return value;
  };
  if (required('ce_specversion') !== '1.0') throw new Error(`ce_specversion ${headers.ce_specversion} is not 1.0`);
  const originSequence = Number(required('ce_originseq'));
  if (!Number.isSafeInteger(originSequence) || originSequence < 1)
    throw new Error(`ce_originseq "${headers.ce_originseq}" is not a positive whole number`);
  const time = required('ce_time');
  if (Number.isNaN(Date.parse(time))) throw new Error(`ce_time "${time}" is not a time`);
  return {
    id: required('ce_id'),
    source: required('ce_source'),
    type: required('ce_type'),
    subject: required('ce_subject'),
    time,
    originRegion: required('ce_originregion'),
    originSequence,
    hlc: required('ce_hlc'),
    // An origin that runs an older version says nothing of these.
    transaction: headers.ce_tx,
    horizon: headers.ce_horizon,
    deps: headers.ce_deps,
  };
}

/** Says how far its source has come in a partition in which there is nothing else to say. No event: it has no sequence. */
export interface Heartbeat {
  source: string;
  horizon: string;
  /** As of when, ISO 8601 with milliseconds. */
  time: string;
}

export const HEARTBEAT_TYPE = 'meridian.heartbeat.v1';

export function heartbeatToHeaders({ source, horizon, time }: Heartbeat): Record<string, string> {
  return {
    ce_specversion: '1.0',
    ce_id: horizon,
    ce_source: source,
    ce_type: HEARTBEAT_TYPE,
    ce_time: time,
    ce_horizon: horizon,
  };
}

/**
 * A record of an event topic, read and checked. Throws with what is wrong and where, and never quotes the value: it may
 * hold personal data, and the message ends up in logs and in the headers of dead letters.
 */
export function readEvent<Schema extends z.ZodType>(
  headers: Readonly<Record<string, string | undefined>>,
  value: string | undefined,
  schema: Schema,
): { envelope: EventEnvelope; value: z.output<Schema> } {
  const envelope = envelopeFromHeaders(headers);
  const parsed = schema.safeParse(jsonOf(value));
  if (parsed.success) return { envelope, value: parsed.data };
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'value'}: ${issue.message}`);
  throw new Error(`the value does not match its schema (${faults.slice(0, 3).join('; ')})`);
}

function jsonOf(value: string | undefined): unknown {
  if (value === undefined) throw new Error('the record has no value');
  try {
    return JSON.parse(value);
  } catch {
    throw new Error('the value is not JSON');
  }
}
