/**
 * On whose behalf a change is made: of a client, of another region that asks, or of the region itself, which owes it
 * whatever is decided about its traffic. Who may write when is for `@meridian/fencing` to say.
 */
export type WrittenFor = 'client' | 'peer' | 'region';

/** What a service writes to its outbox, in the transaction of the change that it tells of. */
export interface OutboxRow {
  topic: string;
  /** The aggregate's id: opaque, never personal data. Rows of one key keep their order. */
  key: string;
  /** `meridian.<aggregate>.<past tense>.v1`. */
  type: string;
  /** The clock reading of the write. */
  hlc: string;
  /** Of the span that is active while the row is written. */
  traceparent?: string;
  /** What its author had seen: a session token; absent for nothing. */
  deps?: string;
  /** Default: a client, so that a write which does not say is fenced as theirs are. */
  writtenFor?: WrittenFor;
  /** The event's payload; anything JSON can say. */
  value: unknown;
}

/** A row as the relay reads it. 64-bit numbers are text, as PostgreSQL sends them. */
export interface CommittedRow extends Omit<OutboxRow, 'traceparent' | 'deps' | 'writtenFor' | 'value'> {
  id: string;
  tx: string;
  traceparent: string | null;
  deps: string | null;
  /** JSON. */
  value: string;
  committedAt: Date;
}
